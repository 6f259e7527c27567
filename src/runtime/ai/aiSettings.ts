/** The settings of the language model that AI jobs ask, and of what it may cost. */
import { Duration, Schema } from "effect"
import { HttpUrl } from "../identitySettings.ts"
import { Count, DurationOf, LONGEST_TIMER, NonEmpty, optional, setting } from "../Setting.ts"

const Amount = Schema.NumberFromString.check(
  Schema.makeFilter((n: number) => (n >= 0 && n <= 100_000 ? true : "must be a number from 0 to 100000"))
)

export const aiSettings = {
  aiBaseUrl: optional({
    variable: "CALLBOARD_AI_BASE_URL",
    unit: "URL",
    schema: HttpUrl,
    description: "OpenAI-compatible endpoint for AI jobs, up to and with /v1. See docs/ai-jobs.md.",
    example: "https://api.openai.com/v1"
  }),
  aiApiKey: optional({
    variable: "CALLBOARD_AI_API_KEY",
    unit: "text",
    schema: Schema.RedactedFromValue(NonEmpty),
    description: "Key for that endpoint. Servers on one's own machine often need none.",
    example: "sk-..."
  }),
  aiModel: optional({
    variable: "CALLBOARD_AI_MODEL",
    unit: "name",
    schema: NonEmpty,
    description: "Model that AI jobs ask, as the endpoint names it.",
    example: "gpt-4o-mini"
  }),
  aiInputPrice: setting({
    variable: "CALLBOARD_AI_INPUT_PRICE",
    unit: "US dollars",
    schema: Amount,
    standard: "0",
    description: "US dollars that the provider asks for a million input tokens. 0: AI jobs count no cost for them.",
    example: "0.15"
  }),
  aiOutputPrice: setting({
    variable: "CALLBOARD_AI_OUTPUT_PRICE",
    unit: "US dollars",
    schema: Amount,
    standard: "0",
    description: "The same for a million output tokens.",
    example: "0.60"
  }),
  aiJobBudget: setting({
    variable: "CALLBOARD_AI_JOB_BUDGET",
    unit: "US dollars",
    schema: Amount,
    standard: "1",
    description: "The most US dollars that one AI job may cost. A job may ask for less itself.",
    example: "0.25"
  }),
  aiRequestsPerMinute: setting({
    variable: "CALLBOARD_AI_REQUESTS_PER_MINUTE",
    unit: "requests per minute",
    schema: Count(1, 100_000),
    standard: "120",
    description: "Requests a minute with the AI key, by all processes together.",
    example: "500"
  }),
  aiMaxOutputTokens: setting({
    variable: "CALLBOARD_AI_MAX_OUTPUT_TOKENS",
    unit: "tokens",
    schema: Count(64, 1_000_000),
    standard: "4096",
    description: "Longest answer of the AI model, in tokens. The most that a call can cost is counted with it.",
    example: "8192"
  }),
  aiTimeout: setting({
    variable: "CALLBOARD_AI_TIMEOUT",
    unit: "duration",
    schema: DurationOf(Duration.seconds(1), LONGEST_TIMER),
    standard: "2 minutes",
    description: "How long the AI provider may take for an answer, or in a streamed one for its next words.",
    example: "30 seconds"
  })
}
