"""Break the code on purpose, one fault at a time, and see that the tests notice.

``make mutants`` copies the package, puts each fault below into the copy, runs the tests
of that file there and expects them to fail. A fault that survives is a test missing; a
fault whose old text is no longer found is out of date. Both end with exit status 1.
"""

import os
import queue
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]

# file, what stands there, what is put in its place, what a reader would see
FAULTS = [
    ("reference/softmax.py", "np.where(np.isfinite(peak), peak, 0.0)", "0.0",
     "the softmax overflows for large scores"),
    ("reference/softmax.py", "0.0)) / temperature", "0.0)) * temperature",
     "high temperature sharpens"),
    ("reference/softmax.py", "np.where(mask, scores, -np.inf)",
     "np.where(mask, scores, -1e9)", "a dead row shares its weight among hidden keys"),
    ("reference/softmax.py", "np.where(mask, scores, -np.inf)",
     "np.where(mask, -np.inf, scores)", "the mask has the opposite meaning"),
    ("reference/softmax.py", "exp.sum(axis=-1, keepdims=True)\n    weights",
     "exp.sum(axis=None, keepdims=True)\n    weights", "all rows share one total"),
    ("reference/softmax.py", "return weights.astype(scores.dtype)", "return weights",
     "float32 in, float64 out"),
    ("reference/softmax.py", "np.where(wide > 0.0, wide, 1.0)", "wide",
     "the entropy of a certain choice is NaN"),
    ("reference/softmax.py", "return _round_to(gaps - log_total, scores.dtype)",
     "return _round_to(gaps, scores.dtype)", "log-softmax is not normalised"),
    ("reference/scoring.py", "math.sqrt(q.shape[-1])", "q.shape[-1]",
     "the scaled score divides by d"),
    ("reference/scoring.py", "0.0 - 0.5 * (gaps * gaps)", "0.0 - (gaps * gaps)",
     "the Gaussian is too narrow"),
    ("reference/scoring.py", "np.tanh(pairs) @ w_out", "pairs @ w_out",
     "the additive score has no tanh and ignores the query"),
    ("reference/scoring.py", "return _unit(q) @", "return q @",
     "the cosine depends on the query's length"),
    ("reference/masks.py", "return j <= i", "return j < i",
     "a token may not read itself"),
    ("reference/masks.py", "np.arange(t_k - t_q, t_k)", "np.arange(t_q)",
     "the causal mask lines up with the first key"),
    ("reference/masks.py", "np.abs(i - j) <= radius", "np.abs(i - j) < radius",
     "the window is one too narrow"),
    ("reference/masks.py", "np.arange(t_k) < lengths", "np.arange(t_k) <= lengths",
     "one padded key is visible"),
    ("reference/masks.py", "(j <= i) | (j < prefix)", "(j <= i) & (j < prefix)",
     "a prefix hides what comes after it"),
    ("reference/reach.py", "mask @ reached)", "reached @ mask.T)",
     "information flows from the reader to what is read"),
    ("reference/attention.py", "(q / math.sqrt(q.shape[-1])) @", "q @",
     "scores are not scaled"),
    ("reference/attention.py", "weights = masked_softmax(scores, mask, temperature)",
     "weights = masked_softmax(scores, mask)", "the temperature is ignored"),
    ("reference/kernel_regression.py", "np.log1p(-u * u,", "np.log1p(-u,",
     "Epanechnikov is the triangle"),
    ("reference/kernel_regression.py", "bandwidth) <= 1.0", "bandwidth) <= 2.0",
     "the boxcar reaches twice as far"),
    ("reference/entmax.py", "1 + rank * falling >", "rank * falling >",
     "sparsemax keeps fewer keys than it should"),
    ("reference/entmax.py", "(largest - 1) / np.maximum(size, 1)",
     "largest / np.maximum(size, 1)", "sparse weights do not sum to 1"),
    ("reference/local.py", "<= radius", "< radius",
     "the window is a little too narrow"),
    ("layers/local.py", "(every if mask is None else every & mask).sum(-1)",
     "every.sum(-1)", "the centre is stretched over the padding, too"),
    ("layers/local.py", "shares * nearness", "shares", "the Gaussian does nothing"),
    ("layers/entmax.py", "pow(2 - ctx.alpha)", "pow(ctx.alpha)",
     "the gradient of entmax is wrong"),
    ("layers/choice.py", "(cost.detach() - baseline) *", "cost.detach() *",
     "the baseline changes nothing"),
    ("layers/choice.py", "scores - exponential.log()", "scores + exponential.log()",
     "the noise is not Gumbel's: unlikely keys are drawn too rarely"),
    ("layers/choice.py", "hard + (weights - weights.detach())",
     "hard + 0 * weights", "straight-through passes no gradient"),
    ("layers/softmax.py", "alive = mask.any(-1, keepdim=True)",
     "alive = torch.ones_like(mask[..., :1])", "a dead row is NaN"),
    ("layers/softmax.py", "torch.where(alive, -math.inf, 0.0)",
     "torch.where(alive, 0.0, 0.0)", "a hidden key still scores 0"),
    ("layers/attention.py", "(q / math.sqrt(q.shape[-1]))",
     "(q / math.sqrt(k.shape[-2]))", "scaled by the number of keys"),
    ("layers/attention.py", "attn_mask=mask), None", "attn_mask=None), None",
     "the fused path ignores the mask"),
    ("widgets/math.js", "(s - peak) / temperature", "(s - peak) * temperature",
     "the page's temperature is upside down"),
    ("widgets/math.js", "const peak = Number.isFinite(largest) ? largest : 0;",
     "const peak = 0;", "the page's softmax overflows"),
    ("widgets/math.js", "const total = sum(exp) || 1;", "const total = sum(exp);",
     "the page's dead row is NaN"),
    ("widgets/math.js", "dot(q, k) / Math.sqrt(q.length)", "dot(q, k) / q.length",
     "the page divides by d"),
    ("widgets/math.js", "0 - 0.5 * dot(gaps, gaps)", "0 - dot(gaps, gaps)",
     "the page's Gaussian is too narrow"),
    ("widgets/math.js", "i + tK - tQ", "i", "the page's causal mask lines up wrongly"),
    ("widgets/math.js", "(sofar - 1) / (i + 1)", "(sofar - 1) / i",
     "the page's sparsemax does not sum to 1"),
    ("widgets/math.js", "(alpha - 1) * x, -1)) / (alpha - 1)", "x, -1)) / (alpha - 1)",
     "the page's entmax forgets its alpha"),
    ("widgets/math.js", "mask && mask[i]", "mask && mask[0]",
     "the page applies the first query's mask to all"),
    ("widgets/math.js", "w > 0 ? w * Math.log(w) : 0", "w * Math.log(w)",
     "the page's entropy of a certain choice is NaN"),
    ("widgets/math.js", "mask[i].some((may, k)", "mask.some(([may], k)",
     "the page lets every output read what the first key hands out"),
    ("widgets/math.js", "j <= i || j < prefix", "j <= i && j < prefix",
     "the page's prefix hides what comes after it"),
    ("widgets/math.js", "a * cos - b * sin, a * sin + b * cos",
     "a * cos + b * sin, b * cos - a * sin", "the page's hands turn backwards"),
    ("widgets/math.js", "transposed ? i * M[0].length + from : from * M.length",
     "!transposed ? i * M[0].length + from : from * M.length",
     "the page cuts heads across tokens"),
    ("widgets/math.js", "off.includes(head) ? 0 : v", "v",
     "the page's heads cannot be switched off"),
    ("reference/positions.py", "base ** -(np.arange(0, d, 2) / d)",
     "base ** -(np.arange(0, d, 2) / d / 2)", "the hands slow down too little"),
    ("reference/positions.py", "[np.sin(angles), np.cos(angles)]",
     "[np.cos(angles), np.sin(angles)]", "sine and cosine change places"),
    ("reference/positions.py", "waves.reshape(length, d_model)",
     "waves.swapaxes(1, 2).reshape(length, d_model)", "all sines, then all cosines"),
    ("reference/positions.py", "[first * cos - second * sin, first * sin + ",
     "[first * cos + second * sin, first * sin + ", "RoPE changes lengths"),
    ("reference/positions.py", "[first * cos - second * sin, first * sin + sec",
     "[first * cos + second * sin, -first * sin + sec", "RoPE turns the other way"),
    ("reference/positions.py", "return np.stack(turned, axis=-1).reshape(x.shape)",
     "return np.concatenate(turned, axis=-1)", "RoPE mixes its two pairings"),
    ("reference/positions.py", "positions.astype(np.float64)[..., None]",
     "positions.astype(x.dtype)[..., None]", "far positions round in float16"),
    ("reference/positions.py", "np.arange(d_k).reshape(-1, 2).T.ravel()",
     "np.arange(d_k).reshape(2, -1).T.ravel()", "the order of columns goes back"),
    ("reference/positions.py", "min(1.0, trained / length)", "trained / length",
     "short sequences are stretched"),
    ("reference/positions.py", "(d_k / (d_k - 2))", "1.0",
     "NTK does not slow the last hand enough"),
    ("reference/relative_positions.py", "np.arange(t_k - t_q, t_k)[:, None]",
     "np.arange(t_q)[:, None]", "queries line up with the first keys"),
    ("reference/relative_positions.py", ".clip(-radius, radius) + radius",
     ".clip(-radius, radius) - radius", "Shaw's vectors are read backwards"),
    ("reference/relative_positions.py", "* (num_buckets - exact) + 1e-9",
     "* (num_buckets - exact) - 1e-9", "whole powers fall into the bucket below"),
    ("reference/relative_positions.py", "half * (offsets > 0)",
     "half * (offsets >= 0)", "the present counts as the future"),
    ("reference/relative_positions.py", "np.maximum(-offsets, 0)",
     "np.abs(offsets)", "a decoder's buckets look ahead"),
    ("reference/relative_positions.py", "np.moveaxis(table[buckets], -1, 0)",
     "table[buckets]", "heads come last in the bias"),
    ("reference/relative_positions.py", "_falling(2 * lower)[::2]",
     "_falling(2 * lower)", "two heads share a slope"),
    ("reference/relative_positions.py", "0.0 - alibi_slopes(num_heads)",
     "alibi_slopes(num_heads)", "ALiBi rewards distance"),
    ("layers/positions.py", "return torch.stack(turned, dim=-1).flatten(-2)",
     "return torch.cat(turned, dim=-1)", "RoPE in torch mixes its two pairings"),
    ("layers/positions.py", "angles = positions[..., None] * hands",
     "angles = positions.to(x.dtype)[..., None] * hands", "far positions round"),
    ("layers/positions.py", "torch.arange(t_k - q.shape[-2], t_k,",
     "torch.arange(q.shape[-2],", "a cached query is turned as if it came first"),
    ("layers/positions.py", "scores(self.rotate(q, positions))",
     "scores(q)", "only the keys are turned"),
    ("layers/positions.py", "x + torch.from_numpy(table).to(x)",
     "x + torch.from_numpy(table).to(x)[-1]", "every token gets the last position"),
    ("layers/relative_positions.py", "row + radius", "radius - row",
     "Shaw's vectors are read backwards in torch"),
    ("layers/relative_positions.py", "0.0 - self.slopes[:, None, None]",
     "self.slopes[:, None, None]", "ALiBi in torch rewards distance"),
    ("layers/relative_positions.py", ".permute(2, 0, 1)", ".permute(2, 1, 0)",
     "the bias is transposed"),
    ("layers/heads.py", "x.unflatten(-1, (num_heads, -1)).transpose(-3, -2)",
     "x.reshape(*x.shape[:-2], num_heads, x.shape[-2], -1)",
     "heads are cut across tokens"),
    ("layers/heads.py", "return x.transpose(-3, -2).flatten(-2)",
     "return x.reshape(*x.shape[:-3], x.shape[-2], -1)",
     "heads are merged without the swap"),
    ("layers/heads.py", "x.repeat_interleave(times, dim=-3)",
     "x.repeat(1, times, 1, 1)", "neighbouring heads read different keys"),
    ("layers/multi_head.py", "mask = mask.unsqueeze(-3)  # (..., 1, t_q, t_k)",
     "mask = mask[:1]", "all samples get the first one's mask"),
    ("layers/multi_head.py", "memory = x if memory is None else memory",
     "memory = x", "cross-attention reads its own queries"),
    ("data/repeats.py", "block, place % length", "block, place % LONGEST",
     "sequences repeat too late"),
    ("data/repeats.py", "(SHORTEST + LONGEST) / 2 - 1", "(SHORTEST + LONGEST) / 2",
     "the first token is predicted, too"),
    ("models/attention_only.py", "layer(norm(x), mask=mask,",
     "layer(norm(x), mask=None,", "predictions read the answer"),
    ("models/attention_only.py", "x = x + change", "x = change",
     "the stream is lost at every layer"),
    ("models/bert.py", "self.attention_norm(x + change)", "self.attention_norm(change)",
     "a token forgets itself"),
    ("models/bert.py", "layer(x, real[:, None], need_weights)",
     "layer(x, None, need_weights)", "padding is read"),
    ("inspection/heads.py", "return places == places[:, None] + offset",
     "return places == places[:, None] - offset", "the previous token is the next"),
    ("inspection/heads.py", "found = same_token(ids).tril()", "found = same_token(ids)",
     "induction looks ahead"),
    ("inspection/heads.py", "gates[layer][head] = 0.0", "gates[layer][head] = 0.5",
     "a head taken away is only turned down"),
    ("inspection/heads.py", "g.abs().mean(0)", "g.mean(0).abs()",
     "samples cancel each other's importance"),
    ("inspection/heads.py", "handle.remove()", "pass",
     "a head once removed stays away"),
    ("inspection/safetensors.py", "content[start:]", "content[8:]",
     "the header is read as numbers"),
    ("inspection/wordpiece.py", "range(len(word), start, -1)",
     "range(start + 1, len(word) + 1)", "the shortest piece is taken"),
    ("inspection/wordpiece.py", 'mark = "##" if start else ""', 'mark = ""',
     "a word's rest is read as a new word"),
    ("cost.py", "return 5 * sdpa_flop_count(q, k, v) // 2",
     "return 2 * sdpa_flop_count(q, k, v)", "the way back is too cheap"),
    ("cost.py", "scores_and_mixing = 2 * t_q", "scores_and_mixing = t_q",
     "the values are mixed for nothing"),
    ("cost.py", "widths = (d_model, kv_width, kv_width, d_model)",
     "widths = (d_model, kv_width, kv_width, kv_width)",
     "the output matrix shrinks with the keys"),
    ("data/price_lists.py", "(line < line[:, None])", "(line <= line[:, None] + 1)",
     "a question hears the price that comes after it"),
    ("data/price_lists.py", "t - 1 - above[:, :, ::-1].argmax(axis=-1)",
     "above.argmax(axis=-1)", "now is first"),
    ("models/price_reader.py", "return x + self.out_proj", "return self.out_proj",
     "a line forgets itself"),
    ("models/ensemble.py", "self._template[0].train(mode)", "pass",
     "dropout stays on in every member"),
    ("models/ensemble.py", "self._template[0], state, inputs, shared",
     "self._template[0], {}, inputs, shared", "all have the first one's weights"),
    ("data/numbers.py", "key=len, reverse=True", "key=len", "achtzig is cut into acht"),
    ("data/numbers.py", "if row not in forbidden:", "if True:",
     "held-out lists are trained on"),
    ("data/numbers.py", "for number in drawn if number not in keep_out]",
     "for number in drawn]", "the number kept out is trained on"),
    ("data/numbers.py", "source += [COMMA, *english]", "source += english",
     "a list has no commas on one side"),
    ("data/interface.py", "pairs.setdefault(_core(source), (source, target))",
     "pairs[tuple(source)] = (source, target)", "twins stand in both halves"),
    ("data/interface.py", 'key.rpartition("\\x04")[2]', "key",
     "the context of a text is read as its first word"),
    ("data/interface.py", "return shuffled[held_out:], shuffled[:held_out]",
     "return shuffled[1:], shuffled[:held_out]", "the test sentences are trained on"),
    ("data/vocabulary.py", "if number == END_ID:", "if number == PAD_ID:",
     "what follows the end is read"),
    ("data/vocabulary.py", "if n >= at_least", "if n > at_least",
     "words are rarer than they are"),
    ("data/vocabulary.py", "yield pad_pairs([pairs[i] for i in chosen])",
     "yield pad_pairs(pairs[: len(chosen)])", "every batch is the first one"),
    ("data/vocabulary.py", "ids[i, : len(row)] = row", "ids[i, -len(row) :] = row",
     "the padding stands on the left"),
    ("data/vocabulary.py", 'order = np.argsort(np.asarray(lengths), kind="stable")',
     "order = np.arange(len(lengths))", "a batch is mostly padding"),
    ("inspection/restricted_pickle.py", "return self._allowed[module, name]",
     "return {**self._allowed}.get((module, name)) or super().find_class(module, name)",
     "any function may be called"),
    ("inspection/transliteration.py", "update * state + (1 - update) * new",
     "(1 - update) * state + update * new", "the update gate is upside down"),
    ("inspection/transliteration.py", "score=score, mask=mask)", "score=score)",
     "the mask is ignored"),
    ("inspection/transliteration.py", "self.readers[1])[::-1]", "self.readers[1])",
     "the backward states stand at the wrong letters"),
    ("inspection/transliteration.py", "weights[:, ~letters]", "weights[:, letters]",
     "the share of the letters is called that of the padding"),
    ("inspection/leaks.py", "felt, finite = own != 0,", "felt, finite = own > 1e-3,",
     "a faint leak passes"),
    ("inspection/leaks.py", "_indices(felt & ~mask & finite)",
     "_indices(felt & mask & finite)", "what is allowed is called a leak"),
    ("inspection/leaks.py", "if a != b and flow", "if a < b and flow",
     "a later sample may read an earlier one"),
    ("inspection/leaks.py", "jacobian.abs().amax(", "jacobian.sum(",
     "what moves and keeps its sum is not felt"),
    ("inspection/leaks.py", "lost=_indices(lost)", "lost=()",
     "an output of NaN is not named"),
    ("inspection/depth.py", "longest = max(", "longest = min(",
     "the shortest chain is measured"),
    ("inspection/depth.py", "longest + (not _is_leaf(node))", "longest + 1",
     "a parameter counts as an operation"),
    ("data/recall.py", "asked = np.arange(samples), pairs - distance",
     "asked = np.arange(samples), distance - 1",
     "the distance is counted from the front"),
    ("data/recall.py", "x[:, 0, VALUES] = 1.0", "x[:, -1, VALUES] = 1.0",
     "the mark stands at the question"),
    ("models/recall.py", "last = x[:, -1:]", "last = x[:, :1]", "the first step asks"),
    ("models/recall.py", "states[:, -1]", "states[:, 0]",
     "the answer comes before the reading"),
    ("layers/scoring.py", "torch.tanh(self.q_proj(q)[..., :, None, :] + keys)",
     "self.q_proj(q)[..., :, None, :] + keys",
     "the additive score is deaf to the query"),
    ("layers/scoring.py", "keys = self.k_proj(k)[..., None, :, :]",
     "keys = self.k_proj(k)[..., None, :, :].detach()", "keys learn nothing"),
    ("layers/scoring.py", "torch.cat(sides, dim=-1)",
     "torch.cat(sides[::-1], dim=-1)", "concat puts the key first"),
    ("layers/recurrent.py", "last.transpose(0, 1).flatten(1)",
     "last.reshape(len(x), -1)", "the summary mixes sentences"),
    ("layers/recurrent.py", "x, lengths.cpu(), batch_first=True, enforce_sorted=False",
     "x, lengths.cpu() * 0 + x.shape[1], batch_first=True, enforce_sorted=False",
     "padding is read"),
    ("models/seq2seq.py",
     "hidden = self.cell(read, hidden)", "new = self.cell(read, hidden)",
     "the state never moves"),
    ("models/seq2seq.py", "mask = source != PADDING", "mask = source == source",
     "padding is attended"),
    ("models/seq2seq.py", "logits, _ = model(source, target[:, :-1])",
     "logits, _ = model(source, target[:, 1:])", "the answer is shown"),
    ("models/seq2seq.py", "ignore_index=PADDING", "ignore_index=-100",
     "padding counts in the loss"),
    ("models/seq2seq.py", ".masked_fill(done, PADDING)", "", "words after the end"),
    ("models/seq2seq.py", "done = done | (token == end)", "done = token == end",
     "an ended sentence goes on"),
    ("models/seq2seq.py", "asked = torch.cat([asked, new], dim=1)", "asked = new",
     "a window counts from the last query"),
    ("models/seq2seq.py",
     "look = self.attention.over(memory.states, memory.states, memory.mask)",
     "look = self.attention.over(memory.states, memory.states)",
     "Bahdanau attends to padding"),
    ("models/seq2seq.py", "torch.tanh(self.first(memory.summary)), look",
     "0 * memory.summary, look", "the decoder begins without the sentence"),
    ("optim.py", '(1 - keep ** state["step"])', "1.0", "the mean is not corrected"),
    ("optim.py", 'root.add_(group["eps"])', "root", "eps is forgotten"),
    ("optim.py", 'parameter.mul_(1 - group["lr"] * group["weight_decay"])',
     'gradient.add_(parameter, alpha=group["weight_decay"])', "decay enters the means"),
    ("training.py", 'check_loss(value.item(), self.history.losses, function="fit")',
     "pass", "NaN reaches the weights"),
    ("training.py", 'check_gradient(norm.item(), self.history.losses, function="fit")',
     "pass", "an infinite gradient reaches the weights"),
    ("training.py", 'torch.set_rng_state(state["dice"])', "pass",
     "dropout differs after a break"),
    ("training.py", "batches(np.random.default_rng(settings.seed)), done, None)",
     "batches(np.random.default_rng(settings.seed)), 0, None)",
     "a resumed run sees the first batches again"),
    ("training.py", '"rates": self.rates,',
     '"rates": [group["lr"] for group in self.optimizer.param_groups],',
     "a schedule starts from the decayed rate"),
    ("training.py", 'self.best_weights = state["best_weights"]', "pass",
     "the best before the break is lost"),
    ("training.py", "deepcopy(self.model.state_dict())", "self.model.state_dict()",
     "the best weights go on learning"),
    ("training.py", "self.optimizer.zero_grad()", "pass", "gradients pile up"),
    ("training.py", "self.model.train()", "pass",
     "dropout stays off after a validation"),
    ("training.py", "closing(line), closing(run)", "closing(line)",
     "the schedule's last rate stays with the optimiser"),
    ("training.py", "rate * factor", 'group["lr"] * factor', "the schedule compounds"),
]  # fmt: skip


def main():
    with tempfile.TemporaryDirectory() as folder:
        copies = queue.SimpleQueue()  # one for each worker, so that they do not meet
        for number in range(os.cpu_count() or 1):
            copies.put(copied(Path(folder, str(number))))

        def borrowing(work, *arguments):
            copy = copies.get()
            try:
                return work(copy, *arguments)
            finally:
                copies.put(copy)

        files = sorted({fault[0] for fault in FAULTS})
        with ThreadPoolExecutor(copies.qsize()) as pool:
            red = pool.map(lambda file: borrowing(noticed, file), files)
            ailing = [file for file, fails in zip(files, red, strict=True) if fails]
            if ailing:
                sys.exit(f"tests fail before any fault is put in: {', '.join(ailing)}")
            found = list(pool.map(lambda fault: borrowing(killed, *fault), FAULTS))
    print(f"{sum(found)} of {len(FAULTS)} faults were noticed")
    sys.exit(not all(found))


def copied(copy):
    """The package and its tests, in a folder where they may be broken."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("attn_helpers", "tests"):
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def killed(copy, file, old, new, effect):
    """Put one fault in, run the tests, take it out again; whether they failed."""
    path = copy / "attn_helpers" / file
    sound = path.read_text(encoding="utf-8")
    if old not in sound:
        print(f"OUT OF DATE  {file}: {old!r} is no longer there")
        return False
    path.write_text(sound.replace(old, new), encoding="utf-8")
    found = noticed(copy, file)
    path.write_text(sound, encoding="utf-8")
    print(f"{'noticed' if found else 'SURVIVED'}  {file}: {effect}", flush=True)
    return found


def noticed(copy, file):
    """Whether the tests that mirror ``file`` fail in the copy."""
    path = Path(file)
    tests = [f"tests/{path.parent}/test_{path.stem}.py"]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    environment = {
        **os.environ,
        "PYTHONPATH": str(copy),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [*command, *tests], cwd=copy, env=environment, capture_output=True, text=True
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(
            f"pytest could not run for {file}:\n{done.stdout}{done.stderr}"
        )
    return done.returncode == 1


if __name__ == "__main__":
    main()
