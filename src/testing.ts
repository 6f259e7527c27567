/** What authors of job types test with: `import { makeFakePage, makeTestJob } from "callboard/testing"`. */
export { AnsweringOperator, makeOperatorScript, type OperatorScript } from "./testing/AnsweringOperator.ts"
export { FakeBrowserSession, type FakePage, makeFakePage } from "./testing/FakePage.ts"
export { MemorySteps, makeStepsMemory, type StepsMemory } from "./testing/MemorySteps.ts"
export { mockScript, outcomes } from "./testing/mockScript.ts"
export { makeTestJob, type TestJob, type TestJobEnd, type TestJobOptions } from "./testing/TestJob.ts"
