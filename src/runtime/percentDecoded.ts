/** A part of a URL as it was meant, or nothing where a percent sign in it stands for no character. */
import { Option, Schema } from "effect"

const decode = Schema.decodeUnknownOption(Schema.StringFromUriComponent)

export const percentDecoded = (text: string): string | undefined => Option.getOrUndefined(decode(text))
