/** What authors of job types import: `import { defineJobType } from "callboard"`. */
export { BrowserSession } from "./domain/BrowserSession.ts"
export { defineCommandJobType } from "./domain/CommandJobType.ts"
export { type Command, type CommandEnd, type CommandLine, Commands } from "./domain/Commands.ts"
export { FatalError, RetryableError } from "./domain/JobError.ts"
export { type ContractsOf, defineJobType, type JobType } from "./domain/JobType.ts"
export { Operator } from "./domain/Operator.ts"
export { Secret } from "./domain/Secret.ts"
export { Steps } from "./domain/Steps.ts"
