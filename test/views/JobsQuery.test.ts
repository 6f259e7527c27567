import { expect, test } from "bun:test"
import { isFiltered, jobsUrl, parseJobsQuery, toJobFilter, withStatus } from "../../src/views/JobsQuery.ts"

const parse = (search: string) => parseJobsQuery(new URLSearchParams(search))

test("reads the filter of an address and writes it back in one canonical form", () => {
  const query = parse("q=+soup&status=failed&status=cancelled,failed&restaurant=bao&type=x&after=c1")

  expect(jobsUrl(query)).toBe("/jobs?status=failed%2Ccancelled&type=x&restaurant=bao&q=soup&after=c1")
  expect(parse(jobsUrl(query).slice(6))).toEqual(query)
})

test("takes the id of a batch, and nothing else for one", () => {
  const batch = "018f0000-0000-7000-8000-00000000ba7c"

  expect(toJobFilter(parse(`batch=${batch}`), 0)).toEqual({ batchId: batch })
  expect(jobsUrl(parse(`batch=${batch}`))).toBe(`/jobs?batch=${batch}`)
  expect(parse("batch=latest")).toEqual({ status: [] })
})

test("looks back from now", () => {
  const query = parse("since=24h&since=7d")

  expect(jobsUrl(query)).toBe("/jobs?since=24h")
  expect(toJobFilter(query, 86_400_000 * 2)).toEqual({ createdAfter: new Date(86_400_000) })
  expect(parse("since=forever")).toEqual({ status: [] })
})

test("ignores what it does not know", () => {
  expect(jobsUrl(parse("status=broken&colour=red&q=%20&type="))).toBe("/jobs")
})

test("drops characters that no database text can hold, and endless text", () => {
  expect(parse("q=a%00b").q).toBe("ab")
  expect(parse(`q=${"x".repeat(500)}`).q).toHaveLength(200)
})

test("starts at the first page when the status changes", () => {
  expect(jobsUrl(withStatus(parse("status=failed&q=soup&after=c1"), []))).toBe("/jobs?q=soup")
})

test("tells a filter from a page of everything", () => {
  expect(isFiltered(parse("after=c1"))).toBe(false)
  expect(isFiltered(parse("restaurant=bao"))).toBe(true)
  expect(toJobFilter(parse("restaurant=bao&type=x"), 0)).toEqual({ restaurantId: "bao", jobType: "x" })
})
