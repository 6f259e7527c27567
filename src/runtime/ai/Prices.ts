/** What calls cost, in millionths of a US dollar. */

/** US dollars per million tokens, which is the same as millionths per token. */
export interface Prices {
  readonly input: number
  readonly output: number
}

/** No tokenizer makes more tokens than this of ordinary text of any language. */
const FEWEST_BYTES_PER_TOKEN = 2

export const microsOf = ({ input, output }: Prices, inputTokens: number, outputTokens: number): number =>
  Math.ceil(inputTokens * input + outputTokens * output)

/** The most that a request can cost, before anybody has counted its tokens. */
export const mostMicrosOf = (prices: Prices, request: string, maxOutputTokens: number): number =>
  microsOf(prices, Math.ceil(Buffer.byteLength(request) / FEWEST_BYTES_PER_TOKEN), maxOutputTokens)
