/** What pages without React import: `import "callboard/element"` makes `<callboard-job>` known. */
import { CallboardJob } from "./client/element/CallboardJob.ts"

export { CallboardJob }

if (globalThis.customElements?.get("callboard-job") === undefined) {
  globalThis.customElements?.define("callboard-job", CallboardJob)
}
