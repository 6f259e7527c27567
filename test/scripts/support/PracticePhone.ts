/** A person with the practice phone in hand: answers each question for a code with the newest message on it. */
import { Effect, Layer, Redacted } from "effect"
import { type Answer, Operator, type Prompt } from "../../../src/domain/Operator.ts"

const newestCode = async (url: URL, restaurant: string): Promise<string> => {
  const page = await fetch(new URL(`phone?restaurant=${restaurant}`, url))
  return /Your code is <strong>(\d{6})/u.exec(await page.text())?.[1] ?? ""
}

export interface Phone {
  /** What was asked, in order. */
  readonly asked: Array<Prompt>
  readonly layer: Layer.Layer<Operator>
}

/** The first `wrong` answers are wrong ones. */
export const makePracticePhone = (url: URL, restaurant: string, wrong = 0): Phone => {
  const asked: Array<Prompt> = []
  const read = async () => {
    const code = await newestCode(url, restaurant)
    return asked.length > wrong ? code : `${(Number(code[0]) + 1) % 10}${code.slice(1)}`
  }
  const prompt = <const P extends Prompt>(question: P) =>
    Effect.suspend(() => {
      asked.push(question)
      return Effect.map(Effect.promise(read), (code) => Redacted.make(code) as Answer<P["kind"]>)
    })
  return { asked, layer: Layer.succeed(Operator, { prompt }) }
}
