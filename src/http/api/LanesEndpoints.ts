/** The endpoints of lanes. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { lanes } from "../../domain/Lane.ts"
import { LaneReport } from "../../domain/Lanes.ts"
import { Needs } from "./Access.ts"
import { data, withExample } from "./endpointParts.ts"
import { PauseBody } from "./PauseBody.ts"
import { LaneNotFoundProblem, ServiceUnavailable } from "./problems.ts"
import { BodyRules, NoBodyRules, RequestRules } from "./rules.ts"

const params = { lane: Schema.String.annotateKey({ description: `One of: ${lanes.join(", ")}.` }) }

const list = HttpApiEndpoint.get("lanes", "/api/lanes", {
  success: data(Schema.Array(LaneReport)),
  error: ServiceUnavailable
})
  .annotate(Needs, "read")
  .annotateMerge(
    OpenApi.annotations({
      summary: "List lanes",
      description: "How many places each has, what runs and waits in it, and whether somebody paused it."
    })
  )

const pause = HttpApiEndpoint.post("pauseLane", "/api/lanes/:lane/pause", {
  params,
  payload: PauseBody,
  success: data(LaneReport),
  error: [LaneNotFoundProblem, ServiceUnavailable]
})
  .middleware(BodyRules)
  .annotate(Needs, "administer")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Pause a lane",
      description:
        "No job of this lane is started until it is resumed. What runs goes on. Pausing again changes the reason. " +
        "The body is optional.",
      transform: withExample({ reason: "The portal is being repaired" }, false)
    })
  )

const resume = HttpApiEndpoint.post("resumeLane", "/api/lanes/:lane/resume", {
  params,
  success: data(LaneReport),
  error: [LaneNotFoundProblem, ServiceUnavailable]
})
  .middleware(NoBodyRules)
  .annotate(Needs, "administer")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Resume a lane",
      description: "Its jobs are started again. Changes nothing where it was not paused."
    })
  )

export const LanesEndpoints = HttpApiGroup.make("lanes")
  .add(list, pause, resume)
  .middleware(RequestRules)
  .annotateMerge(OpenApi.annotations({ title: "Lanes", description: "Look at the lanes, pause and resume them." }))
