/** A provider's answers to all job types that ask a model, and which step each of its requests is for. */
import type { AiReply, AiRequest, Answering } from "./FakeAi.ts"
import { dayOf, tripAnswers } from "./tripAnswers.ts"

const textOf = ({ messages }: AiRequest): string => messages.map(({ content }) => content ?? "").join("\n")

/** What a job's input says of itself, so that its requests can be told from those of others. */
export const tagOf = (request: AiRequest): string | undefined => /case-\d+/u.exec(textOf(request))?.[0]

const isAnew = (request: AiRequest) => textOf(request).includes(" anew")

/** The step that a request is for, told by what it asks. */
export const stepOf = (request: AiRequest): string => {
  const text = textOf(request)
  switch (request.object) {
    case "trip_outline":
      return "outline"
    case "trip_day":
      return `${isAnew(request) ? "check-budget" : "plan-day"}-${dayOf(request)}`
    case "research_plan":
      return "plan"
    case "itinerary_proposal":
      return "propose"
  }
  if (text.includes("These were found")) return "summarise"
  if (text.includes("<itinerary>")) return "explain"
  const number = /Part (\d) of case/u.exec(text)?.[1]
  return number === undefined ? "answer" : `look-into-${number}`
}

const proposal: AiReply = {
  object: {
    days: [{ items: [{ id: "market", start: "09:00", end: "10:00" }] }],
    changes: [{ id: "market", what: "earlier", why: "it is quiet" }]
  }
}

/** Three days of 100 each, cheaper when they are planned anew; two questions to look into. */
export const stepAnswers: Answering = (request, number) => {
  if (request.object === "research_plan") {
    const tag = tagOf(request)
    return { object: { questions: [`Part 1 of ${tag}?`, `Part 2 of ${tag}?`] } }
  }
  if (request.object === "itinerary_proposal") return proposal
  if (request.object === undefined) return { text: "It is quiet before ten." }
  return tripAnswers(3, () => (isAnew(request) ? 40 : 100))(request, number)
}
