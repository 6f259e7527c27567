import { useEffect, useState } from "react"

/** The page's clock. Absent on the server and in the first picture, so that both are the same. */
export const useNow = (isTicking: boolean): number | undefined => {
  const [now, setNow] = useState<number>()
  useEffect(() => {
    setNow(Date.now())
    if (!isTicking) return
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [isTicking])
  return now
}
