import type { DateTime, Schema } from "effect"

/**
 * What `Schema.toCodecJson` makes of the encoded side of a schema, where that is not JSON yet. Of Effect's own types
 * (an Option, a Duration) only that it is JSON.
 */
export type JsonOf<T> = T extends Schema.Json
  ? T
  : T extends Date | DateTime.Utc | bigint | URL | Uint8Array
    ? string
    : T extends ReadonlyMap<infer Key, infer Value>
      ? ReadonlyArray<readonly [JsonOf<Key>, JsonOf<Value>]>
      : T extends ReadonlySet<infer Item>
        ? ReadonlyArray<JsonOf<Item>>
        : T extends { readonly pipe: (...parts: never) => unknown }
          ? Schema.Json
          : T extends object
            ? { readonly [Key in keyof T]: JsonOf<T[Key]> }
            : T
