/** A Callboard of the example's own, as `bun run start` starts it. */
import { join } from "node:path"

const MAIN = join(import.meta.dir, "../../src/main.ts")

const READY = /Callboard is ready: (http:\S+)/

export const startCallboard = async () => {
  const child = Bun.spawn([process.execPath, MAIN], {
    env: { ...process.env, PORT: process.env.CALLBOARD_PORT ?? "3000" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
    // Ctrl-C reaches it only through `stop`: a second signal would make it stop at once.
    detached: true
  })

  const url = await new Promise<URL>((found, failed) => {
    const read = async () => {
      let said = ""
      for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
        process.stdout.write(part)
        said = READY.test(said) ? said : said + part
        const ready = READY.exec(said)?.[1]
        if (ready !== undefined) found(new URL(ready))
      }
      failed(new Error("Callboard did not start."))
    }
    void read()
  })

  return {
    url,
    stop: async (signal: NodeJS.Signals) => {
      child.kill(signal)
      await child.exited
    }
  }
}
