"""Who is next: round robin between visitors, and for each of them first come, first served."""

from collections import deque
from collections.abc import Callable, Iterator


class Line:
    """Links of jobs that wait. What has begun already and lost its process goes before all that has not."""

    def __init__(self) -> None:
        self._again: deque[str] = deque()
        self._visitors: dict[str, deque[str]] = {}  # in the order of their turns

    def add(self, link: str, visitor: str) -> None:
        self._visitors.setdefault(visitor, deque()).append(link)

    def add_again(self, link: str) -> None:
        self._again.append(link)

    def remove(self, link: str) -> None:
        """Whether it waits or not."""
        if link in self._again:
            self._again.remove(link)
        for visitor, own in list(self._visitors.items()):
            if link in own:
                own.remove(link)
                if not own:
                    del self._visitors[visitor]

    def take(self, may: Callable[[str], bool] = lambda visitor: True) -> str | None:
        """The next one, of a visitor who may; that visitor's next turn comes after everybody else's."""
        if self._again:
            return self._again.popleft()
        for visitor, own in self._visitors.items():
            if may(visitor):
                link = own.popleft()
                del self._visitors[visitor]
                if own:
                    self._visitors[visitor] = own
                return link
        return None

    def places(self) -> dict[str, int]:
        """1 for the next one, and so on."""
        return {link: place for place, link in enumerate(self._in_order(), start=1)}

    def _in_order(self) -> Iterator[str]:
        yield from self._again
        left = [iter(own) for own in self._visitors.values()]
        while left:
            for own in list(left):
                link = next(own, None)
                if link is None:
                    left.remove(own)
                else:
                    yield link
