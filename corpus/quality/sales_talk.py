"""Points of sales talk: the different phrases by which a page courts its readers, whatever it sells.

No single phrase says anything, but each is rare in texts that do not sell (corpus/quality/sales_talk_lists.py), and a
page that sells has ten of them in four hundred characters. So the evidence is added up: a phrase counts once, by its
rarity, and each word of a report or of a complaint that quotes such talk takes points off. A long text meets more
phrases by chance, so its length takes points off, too.

Recipes, travel posts, consumer advice and private blogs court their readers as well (총정리, 꿀팁, 볼게요), but they do
not sell. A text sells if phrases of an offer (contact, delivery, membership, discounts) are OFFERED points and one in
SHARE of all, and not fewer than its phrases of somebody who tells (다녀왔, 더라고요), or if it names the goods of spam.
The length of any other text takes off so much more that nothing but sales talk is dropped. Korean only.
"""

import re
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from corpus.kernels.blocks import BLOCK, below
from corpus.kernels.inner import inner, kernel
from corpus.kernels.intrinsics import bytes_between, load64, trailing_zeros
from corpus.kernels.utf8 import string_buffers
from corpus.quality.phrase_lists import REPORT
from corpus.quality.phrase_table import FACTOR, chained, split_list
from corpus.quality.sales_talk_lists import COMPLAINED, NARRATED, OCCASIONAL, OFFERS, RARE, REPORTED, UNCOMMON

POINTS = ((RARE, 3), (UNCOMMON, 2), (OCCASIONAL, 1), (REPORT, -2), (REPORTED, -2), (COMPLAINED, -3))
CHARACTERS = 200  # so many of a text that sells excuse one point
DENSE = 12  # the same for a text that does not sell: recipes and travel posts have up to 1 point in 17 characters
NAMED = 0.015  # where the goods of spam (phrase_lists) make up so much of a text, they are two points
OFFERED = 4  # points of an offer, from which a text sells: guides to savings and moving have up to 3 by the way
SHARE = 5  # of all points, one in so many is of an offer: doorway pages 1 in 3, travel posts 1 in 24
HEAD = np.uint64(0xFFFFFFFFFFFF)  # a phrase is looked up by its first six bytes


_OFFER = re.compile("|".join(map(re.escape, OFFERS.split())))
_TOLD = re.compile("|".join(map(re.escape, split_list(NARRATED))))


def offers(phrase: str) -> bool:
    """Whether a phrase is of an offer: it contains a word of OFFERS, spaces aside."""
    return _OFFER.search(phrase.replace(" ", "")) is not None


def tells(phrase: str) -> bool:
    """Whether a phrase is of somebody who tells: it contains one of NARRATED."""
    return _TOLD.search(phrase) is not None


def phrases() -> Iterator[tuple[str, int]]:
    """(phrase, points): those of the lists that begin with a syllable; those of NARRATED alone have 0."""
    listed = [(phrase, points) for phrases, points in POINTS for phrase in split_list(phrases)]
    told = [(phrase, 0) for phrase in split_list(NARRATED) if phrase not in dict(listed)]
    yield from ((phrase, points) for phrase, points in listed + told if re.match("[가-힣]", phrase))


def _table() -> tuple[np.ndarray, ...]:
    """The arrays of `chained`, and of each phrase its points, its points of an offer, and 1 if it tells."""
    found = sorted(phrases(), key=lambda entry: len(entry[0].encode()))
    points = [(points, points * (points > 0 and offers(phrase)), tells(phrase)) for phrase, points in found]
    return *chained([phrase.encode() for phrase, _ in found]), np.array(points, np.int64)


_TABLE = _table()


@inner
def _find(data, i, end, index, following, phrase_data, bounds):
    """The longest phrase of the chain that is at byte i, or -1."""
    while index >= 0:
        first = bounds[index]
        length = bounds[index + 1] - first
        same = i + length <= end
        j = 0
        while same and j < length:
            same = data[i + j] == phrase_data[first + j]
            j += 1
        if same:
            return index
        index = following[index]
    return -1


@kernel
def _count(data, offsets, chains, bits, following, phrase_data, bounds, points, sums):
    seen = np.zeros(points.shape[0], np.int64)  # the last text (from 1) that had the phrase
    for text in range(offsets.shape[0] - 1):
        i = offsets[text]
        end = offsets[text + 1]
        free = i  # phrases begin here or later
        total = 0
        offered = 0
        told = 0
        while i < end:
            if i + BLOCK <= data.shape[0]:
                width = min(BLOCK, end - i)
                syllables = bytes_between(data, i, 0xEA, 0xED) & below(width)
            else:  # the last bytes of a batch
                width = 1
                syllables = np.uint64(data[i] >= 0xEA and data[i] <= 0xED)
            while syllables:
                at = i + trailing_zeros(syllables)
                syllables &= syllables - np.uint64(1)
                if at < free or at + 6 > end:
                    continue
                head = np.uint64(0)
                if at + 8 <= data.shape[0]:
                    head = load64(data, at) & HEAD
                else:
                    for j in range(6):
                        head |= np.uint64(data[at + j]) << np.uint64(8 * j)
                key = (head * FACTOR) >> np.uint64(48)
                if (bits[key >> np.uint64(3)] >> np.uint8(key & np.uint64(7))) & np.uint8(1):
                    phrase = _find(data, at, end, chains[key], following, phrase_data, bounds)
                    if phrase >= 0:
                        free = at + bounds[phrase + 1] - bounds[phrase]
                        if seen[phrase] != text + 1:
                            seen[phrase] = text + 1
                            total += points[phrase, 0]
                            offered += points[phrase, 1]
                            told += points[phrase, 2]
            i += width
        sums[text, 0] = total
        sums[text, 1] = offered
        sums[text, 2] = told


def count_points(texts: pa.Array) -> np.ndarray:
    """int64[n, 3]: of each text its points, below 0 for reports, the points of an offer among them, and how many
    different phrases tell."""
    data, offsets = string_buffers(texts)
    sums = np.empty((len(offsets) - 1, 3), np.int64)
    _count(data, offsets, *_TABLE, sums)  # type: ignore[call-arg]  # a tuple of six arrays
    return sums


def sells(points: np.ndarray, offered: np.ndarray, told: np.ndarray, named: np.ndarray) -> np.ndarray:
    """bool[n]: whether a text sells, of the columns of `count_points` and whether the goods of spam are `named`."""
    return named | (offered >= OFFERED) & (SHARE * offered >= points) & (offered >= told)


def count_sales_talk(counted: np.ndarray, named: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """float64[n]: the points of each text (`counted` by `count_points`), less its length (`visible` characters,
    int64[n]), plus two where the goods of spam are `named` (bool[n])."""
    points, offered, told = counted.T
    return points + 2 * named - visible / np.where(sells(points, offered, told, named), CHARACTERS, DENSE)
