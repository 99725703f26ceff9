import type { Kpi, KpiId, MonthlyReport } from '../report-schema.ts'

/** Languages of the report page. */
export const reportLocales = ['en', 'zh-CN'] as const
export type ReportLocale = (typeof reportLocales)[number]

/** The fixed texts of the report page. */
interface ReportTexts {
  title(month: string): string
  generated(at: string, timeZone: string): string
  kpis: Record<KpiId, { name: string; of(n: string): string }>
  target(value: string): string
  state: { met: string; missed: string; none: string }
  provisional(count: string): string
  between(low: string, high: string): string
  nothing: string
  tickets: {
    title: string
    opened: string
    resolved: string
    openAtEnd: string
    level: string
    total: string
  }
  levels: Record<MonthlyReport['tickets']['byLevel'][number]['level'], string>
  verdicts: { title: string } & Record<keyof MonthlyReport['tickets']['verdicts'], string>
  faults: Record<
    'title' | 'note' | 'what' | 'model' | 'firmware' | 'faults' | 'worn' | 'noFaultFound' | 'rate',
    string
  >
  earlyFailures: Record<
    'title' | 'note' | 'model' | 'firmware' | 'devices' | 'faults' | 'ratio' | 'isNew' | 'worse' | 'all',
    string
  >
  demand: Record<'title' | 'region' | 'part' | 'needed' | 'used' | 'waiting' | 'nowhere', string>
  technicians: Record<'title' | 'name' | 'visits' | 'resolved' | 'firstTimeFix' | 'onTime' | 'rating', string>
  rules: Record<'title' | 'note' | 'rule' | 'version' | 'verdicts' | 'precision' | 'flagged', string>
  more(count: string): string
}

const en: ReportTexts = {
  title: (month) => `Service in ${month}`,
  generated: (at, timeZone) => `Generated on ${at} (${timeZone}). Intervals are 95 % confidence intervals.`,
  kpis: {
    responseSlaCompliance: { name: 'Response SLA met', of: (n) => `of ${n} tickets due` },
    solutionSlaCompliance: { name: 'Solution SLA met', of: (n) => `of ${n} tickets due` },
    firstTimeFix: { name: 'First-time fix', of: (n) => `of ${n} repairs` },
    satisfaction: { name: 'Satisfied owners', of: (n) => `of ${n} answers` },
    repairedBeforeFailureShare: { name: 'Repaired before failure', of: (n) => `of ${n} worn parts` },
    noticesPerOwnerMonth: { name: 'Notices per owner and month', of: (n) => `over ${n} owner-months` },
  },
  target: (value) => `target ${value}`,
  state: { met: 'met', missed: 'missed', none: 'no data' },
  provisional: (count) => `${count} provisional`,
  between: (low, high) => `${low} to ${high}`,
  nothing: 'No data in this period.',
  tickets: {
    title: 'Tickets by day',
    opened: 'opened',
    resolved: 'resolved',
    openAtEnd: 'open at the end',
    level: 'level',
    total: 'all',
  },
  levels: { level1: '1, unusable', level2: '2, impaired', level3: '3, slight' },
  verdicts: {
    title: 'Verdicts of technicians',
    worn: 'worn',
    not_worn: 'not worn',
    sensor_fault: 'sensor fault',
    other: 'other',
    none: 'no verdict',
  },
  faults: {
    title: 'Faults by model and firmware',
    note: 'Rate per 100 device-months; the line is the interval.',
    what: 'fault',
    model: 'model',
    firmware: 'firmware',
    faults: 'faults',
    worn: 'worn',
    noFaultFound: 'no fault found',
    rate: 'per 100 device-months',
  },
  earlyFailures: {
    title: 'Faults in the first 30 days of use',
    note: 'Rate of faults relative to other devices of the kind, over 180 days. Right of the middle line: more often than the others.',
    model: 'model',
    firmware: 'firmware',
    devices: 'new devices',
    faults: 'faults',
    ratio: 'ratio to others',
    isNew: 'new',
    worse: 'worse than the others',
    all: 'all',
  },
  demand: {
    title: 'Parts by region',
    region: 'region',
    part: 'part',
    needed: 'needed',
    used: 'used',
    waiting: 'waiting at the end',
    nowhere: 'unknown',
  },
  technicians: {
    title: 'Technicians',
    name: 'name',
    visits: 'visits',
    resolved: 'resolved',
    firstTimeFix: 'first-time fix',
    onTime: 'on time',
    rating: 'rating',
  },
  rules: {
    title: 'Precision of rules',
    note: 'From the last 50 verdicts on tickets of each version, at the time of the report.',
    rule: 'rule',
    version: 'version',
    verdicts: 'verdicts',
    precision: 'precision',
    flagged: 'flagged for review',
  },
  more: (count) => `… and ${count} more, in the CSV.`,
}

const zhCN: ReportTexts = {
  title: (month) => `${month}服务报告`,
  generated: (at, timeZone) => `生成于 ${at}（${timeZone}）。区间均为 95% 置信区间。`,
  kpis: {
    responseSlaCompliance: { name: '按时响应', of: (n) => `共 ${n} 张到期工单` },
    solutionSlaCompliance: { name: '按时上门', of: (n) => `共 ${n} 张到期工单` },
    firstTimeFix: { name: '一次修复率', of: (n) => `共 ${n} 次维修` },
    satisfaction: { name: '用户满意度', of: (n) => `共 ${n} 份评价` },
    repairedBeforeFailureShare: { name: '故障前处理', of: (n) => `共 ${n} 个磨损部件` },
    noticesPerOwnerMonth: { name: '每户每月通知数', of: (n) => `共 ${n} 个用户月` },
  },
  target: (value) => `目标 ${value}`,
  state: { met: '达标', missed: '未达标', none: '无数据' },
  provisional: (count) => `其中 ${count} 项尚未定论`,
  between: (low, high) => `${low} 至 ${high}`,
  nothing: '本期无数据。',
  tickets: {
    title: '每日工单',
    opened: '新建',
    resolved: '已解决',
    openAtEnd: '期末未解决',
    level: '级别',
    total: '合计',
  },
  levels: { level1: '1 级，无法使用', level2: '2 级，功能受损', level3: '3 级，轻微' },
  verdicts: {
    title: '技师判定',
    worn: '已磨损',
    not_worn: '未磨损',
    sensor_fault: '传感器故障',
    other: '其他',
    none: '未说明',
  },
  faults: {
    title: '各型号与固件的故障',
    note: '每百台月的故障数；横线为置信区间。',
    what: '故障',
    model: '型号',
    firmware: '固件',
    faults: '故障数',
    worn: '确认磨损',
    noFaultFound: '误报',
    rate: '每百台月',
  },
  earlyFailures: {
    title: '使用前 30 天内的故障',
    note: '与同类其他设备相比的倍数，统计半年。中线右侧表示更频繁。',
    model: '型号',
    firmware: '固件',
    devices: '新设备',
    faults: '故障数',
    ratio: '相对倍数',
    isNew: '新',
    worse: '差于其他设备',
    all: '全部',
  },
  demand: {
    title: '各地区备件',
    region: '地区',
    part: '备件',
    needed: '需求',
    used: '已用',
    waiting: '期末等待',
    nowhere: '未知',
  },
  technicians: {
    title: '技师',
    name: '姓名',
    visits: '上门次数',
    resolved: '已解决',
    firstTimeFix: '一次修复',
    onTime: '准时',
    rating: '评分',
  },
  rules: {
    title: '规则的准确率',
    note: '按每个版本最近 50 次判定，以报告生成时为准。',
    rule: '规则',
    version: '版本',
    verdicts: '判定数',
    precision: '准确率',
    flagged: '待检查',
  },
  more: (count) => `……另有 ${count} 行，见 CSV。`,
}

const reportTexts: Record<ReportLocale, ReportTexts> = { en, 'zh-CN': zhCN }

/** Texts and number formats of one language. */
export interface ReportFormatter {
  locale: ReportLocale
  texts: ReportTexts
  formatCount(value: number): string
  /** Format with one decimal; `–` for null. */
  formatNumber(value: number | null): string
  formatShare(value: number | null): string
  formatKpi(kpi: Pick<Kpi, 'id'>, value: number | null): string
  formatDay(iso: string): string
}

/** Create the formatter of a language. @param timeZone IANA name, for dates */
export function createReportFormatter(locale: ReportLocale, timeZone: string): ReportFormatter {
  const one = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 })
  const date = new Intl.DateTimeFormat(locale, { timeZone, dateStyle: 'long' })
  const orDash = (format: Intl.NumberFormat) => (value: number | null) =>
    value === null ? '–' : format.format(value)
  const [number, share] = [orDash(one), orDash(percent)]
  return {
    locale,
    texts: reportTexts[locale],
    formatCount: whole.format,
    formatNumber: number,
    formatShare: share,
    formatKpi: ({ id }, value) => (id === 'noticesPerOwnerMonth' ? number(value) : share(value)),
    formatDay: (iso) => date.format(new Date(iso)),
  }
}
