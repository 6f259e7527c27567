import { afterEach, expect, test } from "bun:test"
import { focusManager } from "@tanstack/react-query"
import { JobStream } from "../../../src/client/react/JobStream.ts"
import type { JobsClient } from "../../../src/client/react/JobsClient.ts"
import { createClient } from "./pages/callboard.ts"

afterEach(() => focusManager.setFocused(undefined))

const settled = async () => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

/** Each time it is opened it tells the next of these, and stays open unless the job has ended with them. */
const streamOf = (...parts: ReadonlyArray<ReadonlyArray<string>>) => {
  const opened: Array<string | undefined> = []
  let open = 0
  const events: JobsClient["events"] = async function* (_id, { lastEventId, signal } = {}) {
    const told = parts[opened.push(lastEventId) - 1] ?? []
    open++
    try {
      for (const id of told) yield { event: "log", id, data: {} } as never
      if (told.includes("end")) return
      await new Promise((_, stop) => signal?.addEventListener("abort", () => stop(signal.reason)))
    } finally {
      open--
    }
  }
  const client: JobsClient = { ...createClient(), events }
  const stream = new JobStream(client, "1", { onChange: () => undefined, onProgress: () => undefined })
  const ids = () => stream.events.map(({ id }) => id)
  return { ids, opened, stream, isOpen: () => open === 1 }
}

test("goes on behind the last event when somebody listens again", async () => {
  const { ids, isOpen, opened, stream } = streamOf(["1", "2"], ["3"])

  const leave = stream.subscribe(() => undefined)
  await settled()
  leave()
  await settled()
  const whileAlone = [isOpen(), stream.isLive]
  stream.subscribe(() => undefined)
  await settled()

  expect(whileAlone).toEqual([false, false])
  expect(opened).toEqual([undefined, "2"])
  expect(ids()).toEqual(["1", "2", "3"])
})

test("is closed while the page is hidden, and goes on when it is seen again", async () => {
  const { ids, isOpen, opened, stream } = streamOf(["1"], ["2"])
  let told = 0
  stream.subscribe(() => told++)
  await settled()

  const before = told
  focusManager.setFocused(false)
  await settled()
  const whileHidden = { isOpen: isOpen(), isLive: stream.isLive, isTold: told > before }
  focusManager.setFocused(true)
  await settled()

  expect(whileHidden).toEqual({ isOpen: false, isLive: false, isTold: true })
  expect(opened).toEqual([undefined, "1"])
  expect(ids()).toEqual(["1", "2"])
  expect(isOpen()).toBe(true)
})

test("stays closed behind the end of its job until that goes on", async () => {
  const { ids, opened, stream } = streamOf(["1", "end"], ["2"])
  stream.subscribe(() => undefined)
  await settled()

  focusManager.setFocused(false)
  focusManager.setFocused(true)
  stream.subscribe(() => undefined)
  await settled()
  expect(opened).toHaveLength(1)
  stream.goOn()
  await settled()

  expect(ids()).toEqual(["1", "end", "2"])
})
