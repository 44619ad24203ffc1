/** The opcodes of a pickle that stand for a value by themselves. */
import type { PickleInput } from "./pickleInput.ts";
import { PickleDict, PickleGlobal, PickleSequence, type PickleValue } from "./pickleValues.ts";

/** The value that an opcode puts on the stack, read behind it; undefined for one that does something else. */
export function constantOf(opcode: number, input: PickleInput): PickleValue | undefined {
  switch (opcode) {
    case 0x4e /* NONE */:
      return null;
    case 0x88 /* NEWTRUE */:
      return true;
    case 0x89 /* NEWFALSE */:
      return false;
    case 0x4a /* BININT */:
      return input.i32();
    case 0x4b /* BININT1 */:
      return input.u8();
    case 0x4d /* BININT2 */:
      return input.u16();
    case 0x8a /* LONG1 */:
      return input.integer(input.u8());
    case 0x8b /* LONG4 */:
      return input.integer(input.u32());
    case 0x47 /* BINFLOAT */:
      return input.f64BigEndian();
    case 0x55 /* SHORT_BINSTRING */:
      return input.latin1(input.u8());
    case 0x54 /* BINSTRING */:
      return input.latin1(input.u32());
    case 0x8c /* SHORT_BINUNICODE */:
      return input.utf8(input.u8());
    case 0x58 /* BINUNICODE */:
      return input.utf8(input.u32());
    case 0x8d /* BINUNICODE8 */:
      return input.utf8(input.u64());
    case 0x43 /* SHORT_BINBYTES */:
      return input.bytes(input.u8());
    case 0x42 /* BINBYTES */:
      return input.bytes(input.u32());
    case 0x8e /* BINBYTES8 */:
    case 0x96 /* BYTEARRAY8 */:
      return input.bytes(input.u64());
    case 0x5d /* EMPTY_LIST */:
      return new PickleSequence("list", []);
    case 0x29 /* EMPTY_TUPLE */:
      return new PickleSequence("tuple", []);
    case 0x7d /* EMPTY_DICT */:
      return new PickleDict();
    case 0x8f /* EMPTY_SET */:
      return new PickleSequence("set", []);
    case 0x63 /* GLOBAL */:
      return new PickleGlobal(input.line(), input.line());
    default:
      return undefined;
  }
}
