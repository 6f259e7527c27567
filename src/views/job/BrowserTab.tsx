/** What the browser shows now, and a picture of each step of each try. */
import { JobBrowser, type JobBrowserProps } from "../JobBrowser.tsx"
import { JobLive } from "../JobLive.tsx"
import type { JobQuery } from "./JobQuery.ts"
import { AttemptSwitch } from "./JobShell.tsx"

export const BrowserTab = ({ query, recorded, shown }: JobBrowserProps & { readonly query: JobQuery }) => (
  <>
    <AttemptSwitch shown={shown} query={query} />
    <JobLive shown={shown} />
    <JobBrowser shown={shown} recorded={recorded} attempt={query.attempt} />
  </>
)
