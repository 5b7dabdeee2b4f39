import pytest
import torch

from attn_helpers.inspection.gradients import gradients_on


@pytest.mark.parametrize(
    "mode", [torch.enable_grad, torch.no_grad, torch.inference_mode]
)
def test_gradients_are_on_within_and_the_mode_is_as_before_afterwards(mode):
    def now():
        return torch.is_grad_enabled(), torch.is_inference_mode_enabled()

    with mode():
        before = now()
        with gradients_on("here"):
            assert now() == (True, False)
        assert now() == before


def test_what_can_have_no_gradient_is_refused_in_words():
    with torch.inference_mode():
        weights = torch.ones(3)
    with pytest.raises(ValueError) as caught, gradients_on("here"):
        torch.ones(3, requires_grad=True) * weights
    assert str(caught.value) == (
        "here: every tensor and layer must be made outside of torch.inference_mode; "
        "got one from inside, which can have no gradient."
    )


def test_another_error_is_passed_on_as_it_is():
    with pytest.raises(RuntimeError, match="out of paper"), gradients_on("here"):
        raise RuntimeError("out of paper")
