/** What one browser wants of the board: kept in a cookie, read with each page. */
export interface BoardSettings {
  readonly density: "comfortable" | "compact"
  /** In which zone full times are told. */
  readonly zone: "local" | "utc"
  /** Single keys. */
  readonly keys: "on" | "off"
  /** What screen readers are told of by themselves. */
  readonly announce: "all" | "important" | "none"
  readonly pictures: "on" | "off"
}

/** The first of each is what nobody has to choose. */
export const settingChoices = {
  density: ["comfortable", "compact"],
  zone: ["local", "utc"],
  keys: ["on", "off"],
  announce: ["all", "important", "none"],
  pictures: ["on", "off"]
} as const satisfies { readonly [K in keyof BoardSettings]: ReadonlyArray<BoardSettings[K]> }

export const settingNames = Object.keys(settingChoices) as ReadonlyArray<keyof BoardSettings>

/** "compact.utc.on": unknown words are the default. */
export const parseSettings = (text: string | undefined): BoardSettings => {
  const words = (text ?? "").split(".")
  const entries = settingNames.map((name, index) => {
    const choices: ReadonlyArray<string> = settingChoices[name]
    return [name, choices.find((choice) => choice === words[index]) ?? choices[0]]
  })
  return Object.fromEntries(entries)
}

export const settingsText = (settings: BoardSettings): string => settingNames.map((name) => settings[name]).join(".")

export const defaultSettings = parseSettings(undefined)
