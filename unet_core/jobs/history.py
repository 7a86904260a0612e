"""What a job has reported so far, within bounds: a long run keeps fewer and fewer of its old previews and values."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, eq=False)
class Noted:
    """One report; `number` counts from 1 and has gaps where old ones were thinned out."""

    number: int
    value: object
    preview: object = None


class History:
    """At most so many values, and so many bytes of all of them with their previews."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._noted: list[Noted] = []
        self._sizes: list[int] = []
        self.last = 0
        self.bytes = 0

    def add(self, value: object, preview: object, size: int) -> None:
        """`size` in bytes, of both together."""
        self.last += 1
        self._noted.append(Noted(self.last, value, preview))
        self._sizes.append(size)
        self.bytes += size
        while self.bytes > self._most_bytes and self._thin_previews():
            pass
        while (len(self._noted) > self._most or self.bytes > self._most_bytes) and len(self._noted) > 2:
            self._keep({index for index in range(len(self._noted)) if not self._droppable(index, len(self._noted))})

    def after(self, number: int) -> tuple[Noted, ...]:
        """Those with a larger number."""
        if number >= self.last:
            return ()
        return tuple(noted for noted in self._noted if noted.number > number)

    def _thin_previews(self) -> bool:
        """Let go of every second preview among the older ones; False where there are too few to choose from."""
        pictured = [index for index, noted in enumerate(self._noted) if noted.preview is not None]
        going = [index for place, index in enumerate(pictured) if self._droppable(place, len(pictured))]
        for index in going:
            self._noted[index] = replace(self._noted[index], preview=None)
            self.bytes -= self._sizes[index] - min(self._sizes[index], BARE)
            self._sizes[index] = min(self._sizes[index], BARE)
        return bool(going)

    def _keep(self, indices: set[int]) -> None:
        self._noted = [noted for index, noted in enumerate(self._noted) if index in indices]
        self._sizes = [size for index, size in enumerate(self._sizes) if index in indices]
        self.bytes = sum(self._sizes)

    @staticmethod
    def _droppable(place: int, of: int) -> bool:
        """Every second one, but neither the first nor the newest quarter nor the last."""
        return place % 2 == 1 and place < max(2, of - of // 4) and place < of - 1


BARE = 512  # bytes that are counted for a value without its preview
