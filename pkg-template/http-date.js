// @ts-check
// The three forms of a date in HTTP (RFC 9110, section 5.6.7), and no other: `Date.parse` takes almost anything for a date.

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const [MONTH, TIME] = [`(?<month>${MONTHS.join("|")})`, "(?<time>\\d\\d:\\d\\d:\\d\\d)"];
const DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const LONG_DAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day";

const FORMS = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  `${DAY}, (?<day>\\d\\d) ${MONTH} (?<year>\\d{4}) ${TIME} GMT`,
  // Sunday, 06-Nov-94 08:49:37 GMT (RFC 850)
  `${LONG_DAY}, (?<day>\\d\\d)-${MONTH}-(?<year>\\d\\d) ${TIME} GMT`,
  // Sun Nov  6 08:49:37 1994 (asctime)
  `${DAY} ${MONTH} (?<day>\\d\\d| \\d) ${TIME} (?<year>\\d{4})`,
].map((form) => new RegExp(`^${form}$`));

/** A year of two digits is the latest that is no more than so many years ahead. */
const MAX_YEARS_AHEAD = 50;

/**
 * @param {string} text
 * @param {number} [now] in UNIX milliseconds
 * @returns {number | undefined} UNIX milliseconds
 */
export function httpDate(text, now = Date.now()) {
  for (const form of FORMS) {
    const { day, month, year, time } = form.exec(text)?.groups ?? {};
    if (day === undefined || month === undefined || year === undefined || time === undefined) continue;
    const at = (/** @type {number} */ year) => instant(year, MONTHS.indexOf(month), Number(day), time);
    return year.length === 4 ? at(Number(year)) : ofCentury(Number(year), at, now);
  }
  return undefined;
}

/**
 * @param {number} year its last two digits
 * @param {(year: number) => number | undefined} at
 * @param {number} now
 */
function ofCentury(year, at, now) {
  const limit = new Date(now);
  limit.setUTCFullYear(limit.getUTCFullYear() + MAX_YEARS_AHEAD);
  const latest = limit.getUTCFullYear();
  const full = latest - ((latest - year) % 100);
  const date = at(full);
  return date !== undefined && date > limit.getTime() ? at(full - 100) : date;
}

/**
 * @param {number} year
 * @param {number} month from 0
 * @param {number} day
 * @param {string} time
 */
function instant(year, month, day, time) {
  const [hour = 24, minute = 60, second = 61] = time.split(":").map(Number);
  const date = new Date(0);
  // `Date.UTC` takes the years before 100 for others.
  date.setUTCFullYear(year, month, day);
  // There is no 31 February; a second 60 is a leap second.
  const exists = date.getUTCMonth() === month && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 61;
  return exists ? date.setUTCHours(hour, minute, second) : undefined;
}
