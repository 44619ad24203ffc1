"""What a tune came to."""

from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Head = tuple[NDArray[Any], NDArray[Any] | None]


@dataclass(frozen=True, repr=False)
class Result:
    """A verdict, and the head to use."""

    decision: str
    """"use" the tuned head, "useBaseline", "doNotUse", or "cannotTell" with these samples."""
    sentence: str
    """The verdict in words: what is gained and how sure that is, who loses most, the bounds."""
    weight: NDArray[Any] | None
    """The head to use, as it was given: the tuned one or a baseline's; the given one where neither is to be used."""
    bias: NDArray[Any] | None
    output: Path | None
    """The tuned copy; None where none was written, or where no folder was given to keep it in."""
    json: dict[str, Any] = field(compare=False)
    """All that the command line says of the run (`selmix tune --json`)."""

    @classmethod
    def of(cls, said: dict[str, Any], given: Head | None) -> "Result":
        """From what the command line printed. `given`: the head that was tuned, where it was given as arrays."""
        verdict, output = said["verdict"], said["output"]
        weight, bias = given or (None, None)
        if weight is not None and output is not None:
            with np.load(output) as tuned:
                weight, bias = tuned["weight"], tuned["bias"].reshape(bias.shape) if bias is not None else None
        kept = None if given is not None or output is None else Path(output)
        return cls(verdict["decision"], verdict["sentence"], weight, bias, kept, said)

    @property
    def set(self) -> str:
        """What is reported on: "test" where there is one, else "validation"."""
        return "validation" if self.json["after"]["test"] is None else "test"

    @property
    def before(self) -> dict[str, Any]:
        """Metrics of the checkpoint, recall and coverage of each class among them."""
        metrics: dict[str, Any] = self.json["before"][self.set]
        return metrics

    @property
    def after(self) -> dict[str, Any]:
        """Metrics of the head that the verdict is about, whether it is to be used or not."""
        metrics: dict[str, Any] = self.json["after"][self.set]
        return metrics

    def __repr__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        """The first screen of the report: the verdict, every class, and the metrics with the intervals of their changes."""
        return f"<p><strong>{escape(self.sentence)}</strong></p>{self._classes()}{self._metrics()}"

    def _classes(self) -> str:
        names = [bucket["name"] for bucket in self.json["buckets"]]
        recalls = zip(names, self.before["recall"], self.after["recall"], strict=False)
        ordered = sorted((row for row in recalls if None not in row[1:]), key=lambda row: row[1])[:20]
        rows = [[escape(name), _percent(old), _percent(new), _points(new - old)] for name, old, new in ordered]
        more = len(names) - len(rows)
        note = f"<p>The lowest before; {more} more are in <code>result.after</code>.</p>" if more > 0 else ""
        return _table([f"class, recall on {self.set}", "before", "after", "change"], rows) + note

    def _metrics(self) -> str:
        changes = self.json["changes"][self.set]
        rows = [
            [
                escape(name),
                *(_percent(one[time]["value"]) for time in ("before", "after")),
                _points(one["change"]["value"]),
                f"{_points(one['change']['low'])} to {_points(one['change']['high'])}",
            ]
            for name, one in changes.items()
            if all(one[part] is not None and one[part]["value"] is not None for part in ("before", "after", "change"))
        ]
        return _table([f"metric on {self.set}", "before", "after", "change", "95 % interval"], rows)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"


def _table(head: list[str], rows: list[list[str]]) -> str:
    heading = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{heading}</tr></thead><tbody>{body}</tbody></table>"
