"""The share of a page that is the keyword of its title, where the page sells.

A page made to be found repeats one phrase: "은평구열쇠 급하시죠? 은평구열쇠, …". So do recipes, leaflets and
articles on one thing. The share counts only if three weaker signs come together: a point of sales talk for every
CHARACTERS characters, a sign of an offer (a service that is given "해 드립니다", a telephone number, a messenger, or a
phrase of OFFERS), and hardly a phrase of somebody who tells (corpus/quality/sales_talk.py). Korean only. Few texts talk
so much, so Python looks at these alone.
"""

import re

import numpy as np
import pyarrow as pa

CHARACTERS = 200  # so many have at least a point of sales talk: 1 in 180 on half of the spam, 1 in 1,000 elsewhere
TOLD = 1  # so many phrases that tell, or as many points of an offer
TITLE = 60  # characters of a first line that can be a title
SYLLABLES = 3  # of a keyword: shorter words recur in any text
_PARTICLE = re.compile(  # of a noun of two syllables or more; the longest is found first
    "(?<=[가-힣]{2})(?:으로써|으로서|에서는|으로는|이라는|이라고|에서|으로|에게|까지|부터|처럼|보다|이나|이라|하는"
    "|은|는|이|가|을|를|의|에|로|와|과|도|만|나)$"
)
_WORD = re.compile("[가-힣]+")
_GIVES = re.compile("드립니다|드려요|드린대|드린답|드리고|드리며|드리니|드리는|드리겠|모십니다|모시겠|모시는")
_POLITE = re.compile("(?:부탁|말씀|감사|인사|축하|사죄|청원)(?:을|를)? ?$")  # 부탁드립니다 gives nothing
_CONTACT = re.compile(
    r"<\|phone\|>|01[016-9][- .]?\d{3,4}[- .]?\d{4}"
    "|카톡|카카오톡|톡톡|텔레그램|오픈채팅|오픈톡|단톡|디엠|인스타|쪽지|비밀글"
)


def noun(word: str) -> str:
    """A word without its particle, if two syllables are left."""
    return _PARTICLE.sub("", word)


def keyword(text: str) -> int:
    """Characters that the most frequent word of the title takes in the rest of the text."""
    title, _, body = text.strip().partition("\n")
    if len(title) > TITLE:
        return 0
    words = {noun(word) for word in _WORD.findall(title)}
    return max((body.count(word) * len(word) for word in words if len(word) >= SYLLABLES), default=0)


def offers_itself(text: str) -> bool:
    """Whether a text gives its reader a service, or names a telephone number or a messenger."""
    if _CONTACT.search(text):
        return True
    return any(not _POLITE.search(text[max(0, m.start() - 5) : m.start()]) for m in _GIVES.finditer(text))


def count_keyword(texts: pa.Array, points: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """float64[n]: the share of `visible` characters (int64[n]) in the title's keyword where a text sells, else 0;
    `points` of `count_points`."""
    total, offered, told = points.T
    shares = np.zeros(len(texts))
    rows = np.flatnonzero((total > 0) & (total * CHARACTERS >= visible) & (told <= np.maximum(TOLD, offered)))
    for row, text in zip(rows, texts.take(pa.array(rows)).to_pylist(), strict=True):
        repeated = keyword(text)
        if repeated and (offered[row] > 0 or offers_itself(text)):
            shares[row] = repeated / visible[row]
    return shares
