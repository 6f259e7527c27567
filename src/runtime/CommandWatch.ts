/** What ends a command when Callboard itself was killed and can do nothing any more. */
import { Effect } from "effect"
import { ChildProcess } from "effect/process"
import { MARK_VARIABLE } from "./ProcessSweep.ts"

/**
 * The watch reads from a pipe that the kernel closes with our process, however that ends. Another worker gets the job
 * then, and must not run it while the former command goes on. The last lines find what left the process group (Linux).
 */
const SCRIPT = `read -r _
kill -s TERM -- "-$1"
sleep 1
kill -s KILL -- "-$1"
for file in $(grep -lsF -- "$2" /proc/[0-9]*/environ); do
  pid="\${file#/proc/}"
  kill -s KILL "\${pid%/environ}"
done`

/** Watches over the process group until the scope closes. Without it the next start of Callboard finds the processes. */
export const watchCommand = (group: number, mark: string) =>
  Effect.ignore(
    ChildProcess.make("sh", ["-c", SCRIPT, "callboard-watch", String(group), `${MARK_VARIABLE}=${mark}`], {
      env: { PATH: process.env.PATH },
      extendEnv: false,
      stdin: "pipe",
      stdout: "ignore",
      stderr: "ignore",
      killSignal: "SIGKILL"
    })
  )
