"""What Numba has no functions for: pointers without counted references, words read from bytes, vectors, prefetching.

None of these checks an index.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


def address(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    """Inside an intrinsic: the address of the first element of an array or of a pointer made by `pointer`."""
    return value if isinstance(kind, types.CPointer) else context.make_array(kind)(context, builder, value).data


def _pointer(typing, array):
    """A pointer to a one-dimensional array, for functions that kernels call often.

    Numba counts references to arrays, with an atomic instruction for each, unless it can prove that this is not needed;
    it does not count pointers. Pointers are indexed like arrays by `peek`, `poke` and similar functions. They have no
    length and do not keep the array alive. An array that a kernel allocates is released after its last use in the code,
    even while a pointer to it is used: take pointers to arguments only.
    """

    def generate(context, builder, signature, arguments):
        return context.make_array(signature.args[0])(context, builder, arguments[0]).data

    return types.CPointer(array.dtype)(array), generate


pointer: Any = intrinsic(_pointer)


def _advanced(typing, start, count):
    """The pointer `count` elements after `start`."""

    def generate(context, builder, signature, arguments):
        return builder.gep(arguments[0], [arguments[1]])

    return start(start, types.int64), generate


advanced: Any = intrinsic(_advanced)


def _load64(typing, data, index):
    """Eight bytes at data[index] as one little-endian word, aligned or not; the end is not checked."""

    def generate(context, builder, signature, arguments):
        pointer = builder.gep(address(context, builder, signature.args[0], arguments[0]), [arguments[1]])
        pointer = builder.bitcast(pointer, ir.IntType(64).as_pointer())
        word = builder.load(pointer)
        word.align = 1
        return word

    return types.uint64(data, types.int64), generate


load64: Any = intrinsic(_load64)


def _store64(typing, data, index, word):
    """Write eight bytes from the address of data[index] on, little-endian; the end is not checked."""

    def generate(context, builder, signature, arguments):
        place = builder.gep(address(context, builder, signature.args[0], arguments[0]), [arguments[1]])
        builder.store(arguments[2], builder.bitcast(place, ir.IntType(64).as_pointer())).align = 1
        return context.get_dummy_value()

    return types.void(data, types.int64, types.uint64), generate


store64: Any = intrinsic(_store64)


def _trailing_zeros(typing, value):
    """The number of zero bits below the lowest set bit; 64 for zero."""

    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.IntType(1)(0))

    return types.int64(types.uint64), generate


trailing_zeros: Any = intrinsic(_trailing_zeros)


def _ones(typing, word):
    """The number of set bits of a uint64."""

    def generate(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), generate


ones: Any = intrinsic(_ones)


def _leading_zeros(typing, word):
    """The number of zero bits above the highest set bit of a uint64; 64 for zero."""

    def generate(context, builder, signature, arguments):
        return builder.ctlz(arguments[0], ir.IntType(1)(0))

    return types.int64(types.uint64), generate


leading_zeros: Any = intrinsic(_leading_zeros)


def _bytes_between(typing, data, index, low, high):
    """Bits of the 64 bytes from data[index] on that are in low … high (constants), lowest first; the end is not
    checked."""

    def generate(context, builder, signature, arguments):
        data = address(context, builder, signature.args[0], arguments[0])
        vector = ir.VectorType(ir.IntType(8), 64)
        pointer = builder.bitcast(builder.gep(data, [arguments[1]]), vector.as_pointer())
        found = builder.load(pointer)
        found.align = 1
        splat = [builder.trunc(value, ir.IntType(8)) for value in arguments[2:]]
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), 64), None)
        single = ir.Constant(vector, ir.Undefined)
        first, last = (
            builder.shuffle_vector(builder.insert_element(single, value, ir.IntType(32)(0)), single, zeros)
            for value in splat
        )
        inside = builder.icmp_unsigned("<=", builder.sub(found, first), builder.sub(last, first))
        return builder.bitcast(inside, ir.IntType(64))

    return types.uint64(data, types.int64, types.int64, types.int64), generate


bytes_between: Any = intrinsic(_bytes_between)


def _same_bytes(typing, data, i, j):
    """Bits of the 64 bytes from data[i] on that are equal to the bytes from data[j] on."""

    def generate(context, builder, signature, arguments):
        array = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        kind = ir.VectorType(ir.IntType(8), 64).as_pointer()
        blocks = [builder.load(builder.bitcast(builder.gep(array, [index]), kind)) for index in arguments[1:]]
        for block in blocks:
            block.align = 1
        return builder.bitcast(builder.icmp_unsigned("==", *blocks), ir.IntType(64))

    return types.uint64(data, types.int64, types.int64), generate


same_bytes: Any = intrinsic(_same_bytes)


def _copy_block(typing, source, i, target, j):
    """Copy the 64 bytes at source[i] to target[j]."""

    def generate(context, builder, signature, arguments):
        kind = ir.VectorType(ir.IntType(8), 64).as_pointer()
        pointers = []
        for array, index in ((0, 1), (2, 3)):
            data = context.make_array(signature.args[array])(context, builder, arguments[array]).data
            pointers.append(builder.bitcast(builder.gep(data, [arguments[index]]), kind))
        block = builder.load(pointers[0])
        block.align = 1
        builder.store(block, pointers[1]).align = 1
        return context.get_dummy_value()

    return types.void(source, types.int64, target, types.int64), generate


copy_block: Any = intrinsic(_copy_block)


def _peek(typing, array, index):
    def generate(context, builder, signature, arguments):
        data = address(context, builder, signature.args[0], arguments[0])
        return builder.load(builder.gep(data, [arguments[1]]))

    return array.dtype(array, types.int64), generate


peek: Any = intrinsic(
    _peek
)  # array[index] of a one-dimensional array for an index that is neither negative nor beyond the end


def _add_eight(typing, rows, listed, first, last, width, column, ahead, into):
    """into[column:column + 8] += rows[listed[i] * width + column:… + 8] for i from first to last, in this order.

    `rows` and `into` are float32, `rows` with a flat index, `listed` int64; no index is checked. The sums stay in a
    register. With `ahead` above 0 the row listed so many places later is fetched, whatever is there.
    """

    def generate(context, builder, signature, arguments):
        rows, listed, into = (address(context, builder, signature.args[k], arguments[k]) for k in (0, 1, 7))
        first, last, width, column, ahead = arguments[2:7]
        eight = ir.VectorType(ir.FloatType(), 8)

        def place(of, index):
            return builder.bitcast(builder.gep(of, [index]), eight.as_pointer())

        def begin(index):
            return builder.add(builder.mul(builder.load(builder.gep(listed, [index])), width), column)

        def load(where):
            value = builder.load(where)
            value.align = 4
            return value

        total = cgutils.alloca_once_value(builder, load(place(into, column)))
        with cgutils.for_range_slice(builder, first, last, ir.Constant(ir.IntType(64), 1)) as (index, _):
            with builder.if_then(builder.icmp_signed(">", ahead, ir.Constant(ir.IntType(64), 0))):
                fetch(context, builder, builder.gep(rows, [begin(builder.add(index, ahead))]))
            builder.store(builder.fadd(builder.load(total), load(place(rows, begin(index)))), total)
        builder.store(builder.load(total), place(into, column)).align = 4
        return context.get_dummy_value()

    number = types.int64
    return types.void(rows, listed, number, number, number, number, number, into), generate


add_eight: Any = intrinsic(_add_eight)


def _widen(typing, into, i, numbers, j, count):
    """into[i:i + count] = numbers[j:j + count], int32 to int64, eight at a time: up to seven more are read and written;
    no index is checked."""

    def generate(context, builder, signature, arguments):
        into, numbers = (address(context, builder, signature.args[k], arguments[k]) for k in (0, 2))
        step = ir.Constant(ir.IntType(64), 8)
        with cgutils.for_range_slice(builder, ir.Constant(ir.IntType(64), 0), arguments[4], step) as (index, _):
            source = builder.gep(numbers, [builder.add(arguments[3], index)])
            eight = builder.load(builder.bitcast(source, ir.VectorType(ir.IntType(32), 8).as_pointer()))
            eight.align = 4
            wide = ir.VectorType(ir.IntType(64), 8)
            target = builder.bitcast(builder.gep(into, [builder.add(arguments[1], index)]), wide.as_pointer())
            builder.store(builder.sext(eight, wide), target).align = 8
        return context.get_dummy_value()

    return types.void(into, types.int64, numbers, types.int64, types.int64), generate


widen: Any = intrinsic(_widen)


def _product_high(typing, a, b):
    def generate(context, builder, signature, arguments):
        wide = ir.IntType(128)
        product = builder.mul(builder.zext(arguments[0], wide), builder.zext(arguments[1], wide))
        return builder.trunc(builder.lshr(product, wide(64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), generate


product_high: Any = intrinsic(_product_high)  # the upper 64 bits of the product of two numbers of 64 bits


def fetch(context: Any, builder: Any, place: Any) -> None:
    """Inside an intrinsic: start loading the cache line of that address."""
    pointer = builder.bitcast(place, ir.IntType(8).as_pointer())
    flag = ir.IntType(32)
    kind = ir.FunctionType(ir.VoidType(), [pointer.type, flag, flag, flag])
    call = builder.module.globals.get("llvm.prefetch.p0") or ir.Function(builder.module, kind, "llvm.prefetch.p0")
    builder.call(call, [pointer, flag(0), flag(3), flag(1)])


def _prefetch(typing, array, index):
    def generate(context, builder, signature, arguments):
        data = address(context, builder, signature.args[0], arguments[0])
        fetch(context, builder, builder.gep(data, [arguments[1]]))
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


prefetch: Any = intrinsic(
    _prefetch
)  # start loading the cache line of element `index` of the array's memory, with a flat index
