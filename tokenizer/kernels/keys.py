"""The keys and slots of pre-tokens in a hash table of words, eight pre-tokens at a time.

The same numbers as `key_at` and `slot_of` of corpus/kernels/hashing.py, which compute them for one word. One word takes
48 instructions there; eight words take 60 vector instructions here: 8.2 ns a pre-token became 3.3.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from corpus.kernels.hashing import key_at, slot_of
from corpus.kernels.inner import helper
from corpus.kernels.intrinsics import peek, prefetch, trailing_zeros
from tokenizer.kernels.pairs import poke

WIDTH = 8
AHEAD = 264  # pre-tokens that a batch may have
LOWS, HIGHS, HOMES = 0, AHEAD, 2 * AHEAD  # where the columns of a batch, uint64[3 * AHEAD], begin
ONE = np.uint64(1)


def _keys_of_eight(typing, data, size, bounds, k, count, above, batch):
    """Write the keys and slots of `count` ≤ 8 words, of which word i is data[bounds[k + i]:bounds[k + i + 1]], into
    columns of `batch` from k on; returns the bits of the words for which this is left to the caller: empty, longer
    than 15 bytes, or within the last 16 of the `size` bytes.

    `above` is the number of zero bits above the mask of the table's slots. All arrays come as pointers.
    """

    def generate(context, builder, signature, arguments):
        data, size, bounds, k, count, above, batch = arguments
        word, flag = ir.IntType(64), ir.IntType(1)
        vector = ir.VectorType(word, WIDTH)

        def all_of(value):
            return ir.Constant(vector, [value & 0xFFFFFFFFFFFFFFFF] * WIDTH)

        def spread(value):
            single = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.IntType(32)(0))
            zeros = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), None)
            return builder.shuffle_vector(single, ir.Constant(vector, ir.Undefined), zeros)

        def load(index):
            found = builder.load(builder.bitcast(builder.gep(bounds, [index]), vector.as_pointer()))
            found.align = 8
            return found

        begin, end = load(k), load(builder.add(k, word(1)))
        length = builder.sub(end, begin)
        valid = builder.icmp_signed("<", ir.Constant(vector, list(range(WIDTH))), spread(count))
        safe = builder.and_(
            valid, builder.icmp_signed("<=", begin, spread(builder.sub(size, word(16))))
        )  # the others are not read
        places = ir.VectorType(ir.IntType(8).as_pointer(), WIDTH)
        kind = ir.FunctionType(vector, [places, ir.IntType(32), ir.VectorType(flag, WIDTH), vector])
        name = "llvm.masked.gather.v8i64.v8p0"
        gather = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
        base = builder.add(spread(builder.ptrtoint(data, word)), begin)

        def bytes_from(offset):
            at = builder.inttoptr(builder.add(base, all_of(offset)), places)
            return builder.call(gather, [at, ir.IntType(32)(1), safe, all_of(0)])

        long = builder.icmp_signed(">", length, all_of(15))
        length = builder.select(long, all_of(15), length)
        first = builder.select(builder.icmp_signed("<", length, all_of(8)), length, all_of(8))
        unused = builder.and_(builder.shl(builder.sub(all_of(8), first), all_of(3)), all_of(63))
        low = builder.and_(bytes_from(0), builder.lshr(all_of(-1), unused))
        used = builder.shl(builder.sub(length, first), all_of(3))
        high = builder.and_(bytes_from(8), builder.not_(builder.shl(all_of(-1), builder.and_(used, all_of(63)))))
        high = builder.or_(high, builder.shl(length, all_of(56)))
        h = builder.mul(builder.xor(low, builder.mul(high, all_of(0xC2B2AE3D27D4EB4F))), all_of(0x9E3779B97F4A7C15))
        h = builder.xor(h, builder.lshr(h, all_of(32)))
        home = builder.lshr(builder.mul(h, all_of(0xD6E8FEB86659FD93)), spread(above))
        for column, found in ((LOWS, low), (HIGHS, high), (HOMES, home)):
            place = builder.gep(batch, [builder.add(k, word(column))])
            builder.store(found, builder.bitcast(place, vector.as_pointer())).align = 8
        empty = builder.icmp_signed("<=", length, all_of(0))
        left = builder.and_(valid, builder.or_(builder.or_(long, empty), builder.not_(safe)))
        return builder.zext(builder.bitcast(left, ir.IntType(8)), word)

    return types.uint64(data, types.int64, bounds, types.int64, types.int64, types.uint64, batch), generate


_write_eight: Any = intrinsic(_keys_of_eight)


@helper
def find_keys(data, size, bounds, count, slots, mask, above, batch):
    """Write the keys and slots of `count` ≤ AHEAD - 8 words, of which word i is data[bounds[i]:bounds[i + 1]], into the
    columns of `batch` uint64[3 * AHEAD], and start loading the slots.

    All arrays come as pointers, `data` to `size` bytes; `bounds` needs room for eight more. `mask` is the number of
    slots less one, of four words each, and `above` the number of zero bits above it.
    """
    for k in range(0, count, WIDTH):
        left = _write_eight(data, size, bounds, k, count - k, above, batch)
        while left != 0:
            i = k + trailing_zeros(left)
            left &= left - ONE
            low, high = key_at(data, peek(bounds, i), peek(bounds, i + 1), size)
            poke(batch, LOWS + i, low)
            poke(batch, HIGHS + i, high)
            poke(batch, HOMES + i, slot_of(low, high, mask))
        for i in range(WIDTH):  # those beyond the last word are slots, too
            prefetch(slots, np.int64(peek(batch, HOMES + k + i)) * 4)
