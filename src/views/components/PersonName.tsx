import { useContext } from "hono/jsx"
import { localCaller } from "../../domain/Caller.ts"
import { PersonContext } from "./PersonContext.ts"

export interface PersonNameProps {
  /** What never changes about them. */
  readonly subject: string
  /** Of somebody else, where it is known. */
  readonly name?: string | undefined
}

/** Who did something: by name where this page knows it. */
export const PersonName = ({ name, subject }: PersonNameProps) => {
  const person = useContext(PersonContext)
  const known = subject === localCaller.subject ? localCaller.name : (name ?? subject)
  return <span>{person?.via !== "local" && person?.subject === subject ? `${person.name} (you)` : known}</span>
}
