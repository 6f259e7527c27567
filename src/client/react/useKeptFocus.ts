import { useEffect, useRef } from "react"

/**
 * The control that was used is gone when it has worked, and `what` differs then: whoever uses the keyboard stays at the
 * place that it was in, as soon as that is there.
 */
export const useKeptFocus = (what: string | undefined) => {
  const place = useRef<HTMLDivElement>(null)
  const isUsed = useRef(false)
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the change that matters.
  useEffect(() => {
    if (!isUsed.current || place.current === null) return
    isUsed.current = false
    if (document.activeElement === document.body) place.current.focus()
  }, [what])
  return { place, isUsed }
}
