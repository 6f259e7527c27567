import { expect, test } from "bun:test"
import { filterChips } from "../../src/views/FilterChips.tsx"
import { jobsUrl, parseJobsQuery } from "../../src/views/JobsQuery.ts"
import { parseSearch } from "../../src/views/SearchText.ts"
import { anyStatus, nothingText, widerFilters, widerText } from "../../src/views/widerFilter.ts"

const titleOf = (type: string) => (type === "import-menu" ? "Import menu" : type)
const parse = (search: string) => parseJobsQuery(new URLSearchParams(search))

test("names each filter that is set, with the list that it leads to without it", () => {
  const chips = filterChips(parse("status=failed,cancelled&type=import-menu&q=soup&since=2h&after=c1"), titleOf)

  expect(chips).toEqual([
    { label: "Failed", href: "/jobs?status=cancelled&type=import-menu&q=soup&since=2h" },
    { label: "Cancelled", href: "/jobs?status=failed&type=import-menu&q=soup&since=2h" },
    { label: "Import menu", href: "/jobs?status=failed%2Ccancelled&q=soup&since=2h" },
    { label: "“soup”", href: "/jobs?status=failed%2Ccancelled&type=import-menu&since=2h" },
    { label: "In the last 2 hours", href: "/jobs?status=failed%2Ccancelled&type=import-menu&q=soup" }
  ])
  expect(filterChips(parse("after=c1"), titleOf)).toEqual([])
})

test("says in words what there is nothing of", () => {
  expect(nothingText(parse("status=failed&type=import-menu&since=24h"), titleOf)).toBe(
    "No “Import menu” job is “Failed” in the last 24 hours."
  )
  expect(nothingText(parse("restaurant=sushi-ito&q=soup"), titleOf)).toBe(
    "No job of sushi-ito with the text “soup” matches."
  )
})

test("looks further in the nearest wider filters first", () => {
  const wider = widerFilters(parse("status=failed&q=soup&since=1h&after=c1"))

  expect(wider.map(({ query, words }) => [jobsUrl(query), words])).toEqual([
    ["/jobs?status=failed&q=soup&since=24h", "in the last 24 hours"],
    ["/jobs?status=failed", "at any time, without the text “soup”"]
  ])
  expect(widerFilters(parse("type=x&since=7d")).map(({ words }) => words)).toEqual(["at any time"])
  expect(widerFilters(parse("type=import-menu"))).toEqual([])
  expect(jobsUrl(anyStatus(parse("status=failed&q=soup&after=c1")).query)).toBe("/jobs?q=soup")
  expect(widerText({ jobs: 3, isAtLeast: false, words: "in the last 7 days" })).toBe("There are 3 in the last 7 days.")
  expect(widerText({ jobs: 1, isAtLeast: false, words: "at any time" })).toBe("There is 1 at any time.")
  expect(widerText({ jobs: 3, isAtLeast: true, words: "at any time" })).toBe("There are at least 3 at any time.")
  expect(widerText({ jobs: 1_000, isAtLeast: true, words: "at any time" })).toBe("There are 1,000+ at any time.")
  expect(widerText({ jobs: 12, isAtLeast: true, words: "at any time" })).toBe("There are at least 12 at any time.")
})

test.each([
  ["type:import-menu status:failed since:2h", "/jobs?status=failed&type=import-menu&since=2h", []],
  ['status:"needs you" restaurant:sushi-ito', "/jobs?status=needs_input&restaurant=sushi-ito", []],
  ['error~"timed out" queue:browser', "/jobs?queue=browser&q=timed+out", []],
  ["status:waiting soup label:spring", "/jobs?status=pending&label=spring&q=soup", []],
  ["step:5 type:x since:forever input.city:Rome", "/jobs?type=x", ["step:5", "since:forever", "input.city:Rome"]],
  ["status:broken soup", "/jobs?q=soup", ["status:broken"]],
  ['batch:today type:""', "/jobs", ["batch:today", 'type:""']],
  ["status:failed net::ERR_FAILED", "/jobs?status=failed&q=net%3A%3AERR_FAILED", []]
])("reads the search %s as a filter", (text, url, unknown) => {
  const search = parseSearch(text)

  expect([jobsUrl(search.query), search.isFilter, search.unknown]).toEqual([url, true, unknown])
})

test.each([
  ['bao "the house"', "bao the house"],
  ["net::ERR_CONNECTION_REFUSED", "net::ERR_CONNECTION_REFUSED"],
  ["https://portal.example/menu", "https://portal.example/menu"],
  ["Trattoria:Roma home~page", "Trattoria:Roma home~page"],
  ['waiting for locator("#menu")', 'waiting for locator("#menu")']
])("takes %s as text", (text, q) => {
  expect(parseSearch(text)).toEqual({ query: { status: [], q }, isFilter: false, unknown: [] })
})
