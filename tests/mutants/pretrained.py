"""Faults in published models and in the files that hold them."""

FAULTS = [
    ("pretrained/formats/safetensors.py", "content[start:]", "content[8:]",
     "the header is read as numbers"),
    ("pretrained/formats/wordpiece.py", "range(len(word), start, -1)",
     "range(start + 1, len(word) + 1)", "the shortest piece is taken"),
    ("pretrained/formats/wordpiece.py", 'mark = "##" if start else ""', 'mark = ""',
     "a word's rest is read as a new word"),
    ("pretrained/formats/restricted_pickle.py", "return self._allowed[module, name]",
     "return {**self._allowed}.get((module, name)) or super().find_class(module, name)",
     "any function may be called"),
    ("pretrained/transliteration.py", "update * state + (1 - update) * new",
     "(1 - update) * state + update * new", "the update gate is upside down"),
    ("pretrained/transliteration.py", "score=score, mask=mask)", "score=score)",
     "the mask is ignored"),
    ("pretrained/transliteration.py", "self.readers[1])[::-1]", "self.readers[1])",
     "the backward states stand at the wrong letters"),
    ("pretrained/transliteration.py", "weights[:, ~letters]", "weights[:, letters]",
     "the share of the letters is called that of the padding"),
]  # fmt: skip
