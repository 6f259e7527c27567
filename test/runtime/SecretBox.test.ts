import { expect } from "bun:test"
import { Context, Effect, Layer, Redacted } from "effect"
import { SecretBox } from "../../src/runtime/SecretBox.ts"
import { keyringOf } from "../../src/runtime/SecretKeyring.ts"
import { it } from "../support/effect.ts"

const OLD = Buffer.alloc(32, 1).toString("base64")
const NEW = Buffer.alloc(32, 2).toString("base64")

const boxWith = (...keys: ReadonlyArray<string>) =>
  Effect.map(Layer.build(SecretBox.layer(Redacted.make(keys.join(", ")))), (context) => Context.get(context, SecretBox))

const idOf = (key: string) => keyringOf(key).first.id

it.effect("opens with any of its keys, and seals with the first", () =>
  Effect.gen(function* () {
    const before = yield* boxWith(OLD)
    const during = yield* boxWith(NEW, OLD)
    const after = yield* boxWith(NEW)

    const old = before.seal("hunter2", "job")
    const fresh = during.seal("hunter2", "job")

    expect(yield* during.open(old, "job")).toBe("hunter2")
    expect(yield* after.open(fresh, "job")).toBe("hunter2")
    expect(JSON.stringify(fresh)).toContain(idOf(NEW))
  })
)

it.effect("says which key is missing, and never gives garbage", () =>
  Effect.gen(function* () {
    const sealed = (yield* boxWith(OLD)).seal("hunter2", "job")

    const error = yield* Effect.flip((yield* boxWith(NEW)).open(sealed, "job"))

    expect(error.missingKeyId).toBe(idOf(OLD))
    expect(error.message).toContain(`sealed with the key ${idOf(OLD)}, which is not in CALLBOARD_SECRET_KEY`)
  })
)

it.effect("opens nothing that was changed or belongs to another job", () =>
  Effect.gen(function* () {
    const box = yield* boxWith(OLD)
    const sealed = box.seal("hunter2", "job") as { readonly $sealed: string }
    const parts = sealed.$sealed.split(".")
    const broken = [
      ...["", "v1", `v1.${idOf(OLD)}`, `v1.${idOf(OLD)}..`, `v1.${idOf(OLD)}.AAAA.AAAA`],
      [...parts.slice(0, 3), `A${parts[3]!.slice(1)}`].join(".") === sealed.$sealed
        ? [...parts.slice(0, 3), `B${parts[3]!.slice(1)}`].join(".")
        : [...parts.slice(0, 3), `A${parts[3]!.slice(1)}`].join(".")
    ]

    for (const $sealed of broken) {
      expect((yield* Effect.flip(box.open({ $sealed }, "job")))._tag).toBe("CannotOpenSecret")
    }
    expect((yield* Effect.flip(box.open(sealed, "another"))).missingKeyId).toBeUndefined()
  })
)

it.effect("seals anew everything that is sealed, wherever it stands", () =>
  Effect.gen(function* () {
    const before = yield* boxWith(OLD)
    const stored = {
      name: "Ada",
      logins: [{ password: before.seal("a", "job") }, { password: before.seal("b", "job") }]
    }

    const resealed = (yield* (yield* boxWith(NEW, OLD)).reseal(stored, "job")) as typeof stored
    const after = yield* boxWith(NEW)

    expect(resealed.name).toBe("Ada")
    expect(yield* Effect.forEach(resealed.logins, ({ password }) => after.open(password, "job"))).toEqual(["a", "b"])
  })
)

it.effect("recognises a request that was sent before a new key came in", () =>
  Effect.gen(function* () {
    const before = yield* boxWith(OLD)
    const during = yield* boxWith(NEW, OLD)

    expect(during.fingerprint("a request")).toEqual(before.fingerprint("a request"))
  })
)
