// A script as bad as scripts get: it never ends, does not listen to SIGTERM, and starts children that do neither; one of
// them leaves for a session of its own.
import { spawn } from "node:child_process"

process.on("SIGTERM", () => console.error("not now"))

const deaf = "trap '' TERM; while :; do sleep 1; done"
spawn("sh", ["-c", deaf], { stdio: "inherit" })
spawn("sh", ["-c", deaf], { stdio: "inherit", detached: true })

console.log("1/3 files imported")
setInterval(() => {}, 1_000)
