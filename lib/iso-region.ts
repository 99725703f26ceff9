import { didYouMean } from './did-you-mean.ts'

/** ISO 3166-1 alpha-2, as of 2026, and XK, which is in common use for Kosovo. */
const countries = new Set(
  `AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
  CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
  GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
  KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT
  MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
  SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ
  UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW`.split(/\s+/),
)

/** Codes of the European Union that differ from ISO 3166. */
const aliases: Readonly<Record<string, string>> = { UK: 'GB', EL: 'GR' }

export type ParsedRegion = { is: 'region'; region: string } | { is: 'invalid'; problem: string }

/**
 * Parse an ISO 3166 region: a country, `DE`, or a subdivision, `CN-GD`. Upper and lower case are the same, as are `US_CA`
 * and `US-CA`. A subdivision need only be well formed: where it has no climate of its own, its country's applies.
 */
export function parseRegion(text: string): ParsedRegion {
  const code = text.trim().toUpperCase().replace('_', '-')
  const [, given = '', subdivision] = /^([A-Z]{2})(-[A-Z0-9]{1,3})?$/.exec(code) ?? []
  const country = aliases[given] ?? given
  if (countries.has(country)) return { is: 'region', region: country + (subdivision ?? '') }
  const meant = codeOfName(text)
  const hint =
    meant === undefined ? 'write a country or its subdivision, such as DE or US-CA' : `did you mean ${meant}?`
  return {
    is: 'invalid',
    problem: `${JSON.stringify(text.slice(0, 100))} is not a region of ISO 3166; ${hint}`,
  }
}

/** Return the code of the country that an English name means. */
function codeOfName(text: string): string | undefined {
  if (text.trim().length < 4) return undefined
  const names = new Intl.DisplayNames(['en'], { type: 'region' })
  const codes = new Map([...countries].map((code) => [names.of(code) ?? code, code]))
  const name = didYouMean(text.trim(), codes.keys())
  return name === undefined ? undefined : codes.get(name)
}
