/**
 * `create-api-key`: creates a key of the portal's programming interface. The portal shows it once; from there it goes
 * sealed for its receiver into the result, and nowhere else. The note of the new key carries a reference of the job, so
 * that an attempt can tell a key which a cut-off attempt created and lost from one that somebody uses.
 */
import { Effect, Redacted, Schema } from "effect"
import type { JobError } from "../../domain/JobError.ts"
import { defineJobType, type JobType } from "../../domain/JobType.ts"
import { Steps } from "../../domain/Steps.ts"
import { accountFields, practiceAccount } from "./Account.ts"
import { isSameName, named } from "./Names.ts"
import { type ListedKey, makeApiKeysPage, type NewKey, type Permission } from "./portal/ApiKeysPage.ts"
import { notKept } from "./portal/Form.ts"
import { openPortal, type Portal } from "./portal/Portal.ts"
import { makeSignInPage } from "./portal/SignInPage.ts"
import { openRecipient, type Recipient } from "./Recipient.ts"

const allowances = {
  readMenu: "Read the menu",
  changeMenu: "Change the menu",
  readOrders: "Read orders",
  changeOrders: "Change orders"
} as const satisfies Record<string, Permission>

const allowance = (title: Permission) => Schema.optionalKey(Schema.Boolean.annotate({ title }))

const Permissions = Schema.Struct({
  readMenu: allowance("Read the menu"),
  changeMenu: allowance("Change the menu"),
  readOrders: allowance("Read orders"),
  changeOrders: allowance("Change orders")
})
  .annotate({ title: "The key may" })
  .check(Schema.makeFilter((chosen) => Object.values(chosen).includes(true) || "must allow at least one thing"))

const Input = Schema.Struct({
  ...accountFields,
  name: Schema.String.check(Schema.isNonEmpty(), Schema.isTrimmed(), Schema.isMaxLength(60)).annotate({
    title: "Name of the key",
    description: "Say who uses it: Till, Website."
  }),
  permissions: Permissions,
  recipientKey: Schema.String.check(
    Schema.isPattern(/^-----BEGIN PUBLIC KEY-----/u),
    Schema.isMaxLength(4000)
  ).annotate({
    title: "Public key of the receiver",
    description: "RSA in PEM form. The new API key is sealed with it: only who holds the private key can read it.",
    format: "textarea"
  }),
  replace: Schema.optionalKey(
    Schema.Boolean.annotate({
      title: "Replace",
      description: "Revokes a key of that name first: whoever uses it is locked out. Otherwise it is left alone."
    })
  )
})

const Created = Schema.Struct({
  created: Schema.Boolean.annotate({ title: "A new key was created" }),
  keyStart: Schema.String.annotate({ title: "Start of the key", description: "As the portal lists it." }),
  sealedKey: Schema.optionalKey(
    Schema.String.annotate({
      title: "New key, sealed",
      description: "For the receiver's private key: RSA-OAEP with SHA-256, in base64."
    })
  ),
  toDo: Schema.String.annotate({ title: "What is left to do" })
})

const thereBefore = ({ name, start }: ListedKey) => ({
  created: false,
  keyStart: start,
  toDo: `A key “${name}” was there before, and nobody can read it again. Use the copy that its owner kept, or run the job with “Replace”.`
})

const OPEN_IT =
  "Open the sealed key: openssl base64 -d -A | openssl pkeyutl -decrypt -inkey private.pem -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256"

const isOf = (reference: string) => (key: ListedKey) => key.note.includes(reference)

interface Order {
  readonly key: NewKey
  /** In the note of a key that this job creates. */
  readonly reference: string
  readonly replace: boolean
  readonly recipient: Recipient
}

const create = Effect.fn("createKey")(function* (portal: Portal, { key, recipient, reference, replace }: Order) {
  const page = makeApiKeysPage(portal)
  const same = named(yield* page.read, key.name)
  if (same !== undefined) {
    const wasLost = isOf(reference)(same)
    if (!wasLost && !replace) {
      yield* Effect.logWarning(`A key “${same.name}” is there already. It was left alone`)
      return thereBefore(same)
    }
    yield* page.revoke(same)
    yield* Effect.logInfo(
      wasLost ? "Revoked the key of an attempt that was cut off: nobody has it" : `Revoked the key ${same.start}`
    )
  }
  const text = yield* page.create(key)
  const sealedKey = yield* recipient.seal(Redacted.value(text))
  const made = (yield* page.read).find(isOf(reference))
  if (made === undefined) return yield* notKept(`the key “${key.name}”`, ["it is not in the list"])
  yield* Effect.logInfo(`Created the key ${made.start}`)
  return { created: true, keyStart: made.start, sealedKey, toDo: OPEN_IT }
})

const verify = Effect.fn("verifyKey")(function* (portal: Portal, name: string, keyStart: string) {
  const keys = yield* makeApiKeysPage(portal).read
  if (!keys.some((key) => key.start === keyStart && isSameName(key.name, name))) {
    return yield* notKept(`the key “${name}”`, ["it is not in the list any more"])
  }
  return true
})

/** Made for this example; nobody kept its private half. */
const exampleKey = [
  "-----BEGIN PUBLIC KEY-----",
  "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyw5EP5qH0rq2HE3fLUy9",
  "wOG6W0UcHlt6LFxnVq8Aeip2sRsQxurGO7u1+20Lhog71yCFUKanJ9ntrmMS6i4U",
  "RU1yb141jrK9C7hqR6ybG2Zmva8+dx7JQtCsD3Ti5uNIwYDuDRzTl2/QRzrmhdOi",
  "1lybIbX61LQo7dGZKSrrk6gwT3wAXt6ZINrGpGsqf7PBSfPv9Z2PqPSstZI4ylWi",
  "JjI1EvZ2mJBoaHchQwjqpj0sIkxib6b3tJmr4MAr31jakkqfsb0qRDzq+OemhrML",
  "KSxtOR8jolD1iA3C1uMFGTEgWb7jR6TJrtJlsReqhGt/H3rbFN0vTMKBksECWIKW",
  "KQIDAQAB",
  "-----END PUBLIC KEY-----"
].join("\n")

export const makeCreateApiKey = (portalUrl: Effect.Effect<URL, JobError>): JobType =>
  defineJobType({
    name: "create-api-key",
    title: "Create an API key",
    description: "Creates a key for the portal's API and hands it over sealed, so that only its receiver can read it.",
    lane: "browser",
    input: Input,
    result: Created,
    steps: [
      { name: "sign-in", title: "Sign in" },
      { name: "prepare", title: "Prepare" },
      { name: "create", title: "Create the key" },
      { name: "verify", title: "Check the list of keys" }
    ],
    example: {
      ...practiceAccount,
      name: "Till",
      permissions: { readMenu: true, readOrders: true },
      recipientKey: exampleKey
    },
    run: ({ name, permissions, recipientKey, replace = false, ...credentials }) =>
      Effect.gen(function* () {
        const steps = yield* Steps
        const recipient = yield* openRecipient(recipientKey)
        const portal = yield* openPortal(yield* portalUrl)

        yield* steps.prepare("sign-in", makeSignInPage(portal).signIn(credentials))
        const reference = yield* steps.run(
          "prepare",
          Schema.String,
          Effect.sync(() => crypto.randomUUID())
        )
        const allowed = Object.entries(allowances).flatMap(([key, title]) =>
          permissions[key as keyof typeof allowances] ? [title] : []
        )
        const key = { name, note: `Made by Callboard, ${reference}`, permissions: allowed }
        const made = yield* steps.run("create", Created, create(portal, { key, reference, replace, recipient }))
        yield* steps.run("verify", Schema.Boolean, verify(portal, name, made.keyStart))
        return made
      })
  })
