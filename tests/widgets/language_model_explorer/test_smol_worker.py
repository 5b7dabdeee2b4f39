from attn_helpers.widgets.kit import bundle
from tests.widgets.language_model_explorer.conftest import as_text


def test_the_worker_reads_the_file_that_it_is_sent(page, small_file):
    work = bundle.work("language_model_explorer/smol_worker.js")
    said = page.evaluate(
        "(text) => { const said = [];"
        " const scope = { postMessage: (m) => said.push(m) };"
        f"({work})(scope);"
        " for (const buffer of [new ArrayBuffer(3), bufferOf(text)])"
        " scope.onmessage({ data: { do: 'load', buffer } });"
        " return said.map(({ is, why, about }) => [is, why ?? about.name]); }",
        as_text(small_file.read_bytes()),
    )
    (failed, why), ready = said
    assert failed == "failed" and why.startswith("This is not a whole GGUF file")
    assert ready == ["ready", "SmolLM2-135M-Instruct"]
