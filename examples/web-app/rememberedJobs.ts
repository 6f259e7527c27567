/** Ids of jobs in the address of the page, so that they are still there after a reload. */
import { useCallback, useState } from "react"

export const useRememberedJobs = (name: string) => {
  const [ids, setIds] = useState<ReadonlyArray<string>>(() => {
    const kept = new URLSearchParams(location.hash.slice(1)).get(name)
    return kept === null ? [] : kept.split(",")
  })
  const remember = useCallback(
    (next: ReadonlyArray<string>) => {
      const kept = new URLSearchParams(location.hash.slice(1))
      kept.set(name, next.join(","))
      history.replaceState(null, "", `#${kept.toString().replaceAll("%2C", ",")}`)
      setIds(next)
    },
    [name]
  )
  return [ids, remember] as const
}
