/** Run by `PortalDatabase.test.ts` as a process of its own: changes a portal, says so, and waits to be killed. */
import { makeVisitor, openPortal } from "./PortalVisitor.ts"

const portal = openPortal(process.argv[2])
const visitor = makeVisitor(portal)
const answer = await visitor.signIn("trattoria-roma")
await visitor.post("/tags", { name: "Vegan", colour: "green" })
portal.faults.switchOn("trattoria-roma", { kind: "error", timesLeft: 5, pathPrefix: "/menu" })
await visitor.get("/menu")
process.stdout.write(`${answer.headers.get("Set-Cookie")?.split(";")[0]}\n`)
setInterval(() => {}, 60_000)
