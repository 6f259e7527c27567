/**
 * Input and result of the job types that this page uses, as it needs them. Who keeps job types in the same repository
 * takes `ContractsOf<typeof jobTypes>` from "callboard" instead, and writes none of this.
 */

interface Account {
  readonly restaurantId: string
  readonly email: string
  readonly password: string
}

interface Website {
  readonly input: Account & { readonly headline: string; readonly welcome?: string; readonly accent?: string }
  readonly result: { readonly url: string; readonly published: boolean }
}

export interface Trip {
  readonly title: string
  readonly summary: string
  readonly days: ReadonlyArray<{
    readonly day: number
    readonly theme: string
    readonly activities: ReadonlyArray<{ readonly time: string; readonly title: string; readonly cost: number }>
    readonly cost: number
  }>
  readonly totals: { readonly currency: string; readonly cost: number }
}

export interface Jobs {
  readonly "register-restaurant": {
    readonly input: Account & {
      readonly name: string
      readonly address: {
        readonly street: string
        readonly postalCode: string
        readonly city: string
        readonly country: string
        readonly phone: string
      }
      readonly opening: { readonly days: ReadonlyArray<string>; readonly from: string; readonly to: string }
    }
    readonly result: { readonly registered: boolean; readonly restaurantId: string }
  }
  readonly "import-csv-menu": {
    readonly input: Account & { readonly csv: string }
    readonly result: unknown
  }
  readonly "configure-website-light": Website
  readonly "configure-website-dark": Website
  readonly ai_trip_generation: {
    readonly input: {
      readonly destination: string
      readonly days: number
      readonly travellers?: number
      readonly budget?: number
      readonly interests?: ReadonlyArray<string>
    }
    readonly result: Trip
  }
}
