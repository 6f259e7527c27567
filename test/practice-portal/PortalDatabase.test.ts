import { expect, test } from "bun:test"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openPortal } from "./PortalVisitor.ts"

const killAfterItsWork = async (databasePath: string): Promise<string> => {
  const script = join(import.meta.dir, "killedPortal.ts")
  const child = Bun.spawn([process.execPath, script, databasePath], { stdout: "pipe", stderr: "inherit" })
  const { value } = await child.stdout.getReader().read()
  child.kill("SIGKILL")
  await child.exited
  return new TextDecoder().decode(value).trim()
}

test("has menus, sessions, faults and requests again after its process was killed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "practice-portal-"))
  const databasePath = join(folder, "portal.sqlite")

  const cookie = await killAfterItsWork(databasePath)
  const portal = openPortal(databasePath)
  const tags = await portal.server.request("/practice/tags", { headers: { cookie } })

  expect(await tags.text()).toContain("Vegan")
  expect(portal.faults.all("trattoria-roma")).toMatchObject([{ kind: "error", timesLeft: 4 }])
  expect(portal.requests("trattoria-roma").map(({ path }) => path)).toEqual(["/tags", "/menu", "/tags", "/sign-in"])
  portal.close()
  rmSync(folder, { recursive: true })
})
