import { useContext } from "hono/jsx"
import { localCaller } from "../../domain/Caller.ts"
import { PersonContext } from "./PersonContext.ts"

/** Who did something, known by what never changes about them: by name where this page knows it. */
export const PersonName = ({ subject }: { readonly subject: string }) => {
  const person = useContext(PersonContext)
  const known = subject === localCaller.subject ? localCaller.name : subject
  return <span>{person?.via !== "local" && person?.subject === subject ? `${person.name} (you)` : known}</span>
}
