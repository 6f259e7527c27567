/** What ends a command when Callboard itself was killed and can do nothing any more. */
import { Deferred, Effect, Stream } from "effect"
import { ChildProcess } from "effect/process"
import { MARK_VARIABLE } from "./ProcessSweep.ts"

/**
 * The watch reads from a pipe that the kernel closes with our process, however that ends. Another worker gets the job
 * then, and must not run it while the former command goes on. The last lines find what left the process group (Linux),
 * and look again while there is something, because what is killed may just have started another process.
 */
const SCRIPT = `read -r group && read -r _
[ -z "$group" ] || kill -s TERM -- "-$group"
sleep 1
[ -z "$group" ] || kill -s KILL -- "-$group"
round=0
while [ "$round" -lt 600 ] && files=$(grep -lsF -- "$1" /proc/[0-9]*/environ); [ -n "$files" ]; do
  for file in $files; do
    pid="\${file#/proc/}"
    kill -s KILL "\${pid%/environ}"
  done
  round=$((round + 1))
  sleep 0.1
done`

const encoder = new TextEncoder()

/**
 * Watches over a command until the scope closes, from before its start: `group` tells its process group when there is
 * one. Without the watch the next start of Callboard finds the processes.
 */
export const watchCommand = (group: Deferred.Deferred<number>, mark: string) =>
  Effect.ignore(
    ChildProcess.make("sh", ["-c", SCRIPT, "callboard-watch", `${MARK_VARIABLE}=${mark}`], {
      env: { PATH: process.env.PATH },
      extendEnv: false,
      // Never closed by us.
      stdin: Stream.concat(
        Stream.fromEffect(Effect.map(Deferred.await(group), (pid) => encoder.encode(`${pid}\n`))),
        Stream.never
      ),
      stdout: "ignore",
      stderr: "ignore",
      killSignal: "SIGKILL"
    })
  )
