/** What the doctor looked at: how it is, and what to do about it where it is not well. */
export interface Finding {
  /** `warning`: Callboard works, but something will be missed. `fault`: it does not start, or some jobs cannot run. */
  readonly state: "fine" | "warning" | "fault"
  readonly about: string
  readonly says: string
  readonly advice?: string
}

export const fine = (about: string, says: string): Finding => ({ state: "fine", about, says })

export const warning = (about: string, says: string, advice: string): Finding => ({
  state: "warning",
  about,
  says,
  advice
})

export const fault = (about: string, says: string, advice: string): Finding => ({ state: "fault", about, says, advice })
