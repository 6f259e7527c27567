/** What people do with webhooks, notes and the clean-up, with the entries it leaves in the audit trail. */
import { Effect, Layer } from "effect"
import { AuditLog } from "../../domain/AuditLog.ts"
import { TeamNotes } from "../../domain/TeamNotes.ts"
import { Cleanup } from "../../domain/Upkeep.ts"
import type { Webhook } from "../../domain/Webhook.ts"
import { Webhooks } from "../../domain/Webhooks.ts"
import { makeRecording } from "./auditing.ts"

/** Paths and queries of addresses may hold secrets, so only the host is told. */
const stateOf = ({ enabled, events, url }: Webhook) => ({ host: new URL(url).host, events, enabled })

export const auditedWebhooks = Layer.effect(
  Webhooks,
  Effect.gen(function* () {
    const webhooks = yield* Webhooks
    const recording = yield* makeRecording

    return Webhooks.of({
      ...webhooks,
      create: (request) =>
        recording(webhooks.create(request), (made) => ({
          action: "webhook-create",
          target: made.id,
          after: stateOf(made)
        })),
      update: (id, changes) =>
        Effect.flatMap(webhooks.get(id), (before) =>
          recording(webhooks.update(id, changes), (after) => ({
            action: "webhook-change",
            target: id,
            before: stateOf(before),
            after: { ...stateOf(after), changed: Object.keys(changes) }
          }))
        ),
      rotateSecret: (id) => recording(webhooks.rotateSecret(id), () => ({ action: "webhook-rotate", target: id })),
      remove: (id) =>
        Effect.flatMap(webhooks.get(id), (before) =>
          recording(webhooks.remove(id), () => ({ action: "webhook-remove", target: id, before: stateOf(before) }))
        ),
      // Versions before this one know no other action for these two, and would show nothing of the trail.
      test: (id) =>
        recording(webhooks.test(id), (delivery) => ({
          action: "webhook-change",
          target: id,
          after: { test: delivery.id }
        })),
      sendAgain: (id, deliveryId) =>
        recording(webhooks.sendAgain(id, deliveryId), ({ delivery, isSent }) =>
          isSent ? { action: "webhook-change", target: id, after: { sentAgain: delivery.id } } : undefined
        )
    })
  })
)

/** The texts are kept by the notes themselves. */
export const auditedNotes = Layer.effect(
  TeamNotes,
  Effect.gen(function* () {
    const notes = yield* TeamNotes
    const recording = yield* makeRecording

    return TeamNotes.of({
      ...notes,
      write: (of, note) =>
        recording(notes.write(of, note), () => ({
          action: "note",
          target: `${of.about} ${of.subject}`,
          ...(note.after > 0 && { before: { number: note.after } }),
          after: { number: note.after + 1, ...(note.text === "" && { empty: true }) }
        }))
    })
  })
)

/** A round is many transactions, so that it never holds locks for long: its entry stands before the first of them. */
export const auditedCleanup = Layer.effect(
  Cleanup,
  Effect.gen(function* () {
    const { run } = yield* Cleanup
    const { begin } = yield* AuditLog
    return Cleanup.of({
      run: Effect.gen(function* () {
        const end = yield* begin({ action: "cleanup" })
        return yield* Effect.tap(run, end)
      })
    })
  })
)
