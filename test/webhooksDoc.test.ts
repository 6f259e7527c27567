import { expect, test } from "bun:test"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { MOST_TRIES } from "../src/runtime/webhooks/WebhookSender.ts"
import { newWebhookSecret, signatureHeaders } from "../src/runtime/webhooks/webhookSignature.ts"

const ROOT = join(import.meta.dir, "..")
const text = await Bun.file(join(ROOT, "docs/webhooks.md")).text()
const [, withoutLibrary = ""] = [...text.matchAll(/```ts\n([\s\S]*?)```/gu)].map((match) => match[1]!)

type IsGenuine = (secret: string, headers: Headers, body: string) => boolean

test("shows a check of the signature that works as it stands there", async () => {
  mkdirSync(join(ROOT, ".callboard/docs"), { recursive: true })
  const file = join(ROOT, ".callboard/docs/isGenuine.ts")
  await Bun.write(file, withoutLibrary.replace("const isGenuine", "export const isGenuine"))
  const { isGenuine } = (await import(file)) as { readonly isGenuine: IsGenuine }
  const [former, secret, other] = [newWebhookSecret(), newWebhookSecret(), newWebhookSecret()]
  const message = { id: "a", timestamp: Math.floor(Date.now() / 1_000), body: '{"type":"job.failed"}' }
  const headers = new Headers(signatureHeaders([secret, former], message))

  expect(isGenuine(secret, headers, message.body)).toBe(true)
  expect(isGenuine(former, headers, message.body)).toBe(true)
  expect(isGenuine(other, headers, message.body)).toBe(false)
  expect(isGenuine(secret, headers, `${message.body} `)).toBe(false)
  const old = new Headers(signatureHeaders([secret], { ...message, timestamp: message.timestamp - 3_600 }))
  expect(isGenuine(secret, old, message.body)).toBe(false)
})

test("counts the tries that there are", () => {
  const [, list = ""] = /is tried again after ([\s\S]*?), each/u.exec(text) ?? []

  expect(list.replaceAll(/\s+/gu, " ").split(/, | and /u)).toHaveLength(MOST_TRIES - 1)
})
