import type { Kpi, KpiId, MonthlyReport } from '../report-schema.ts'

/** The languages that a report is written in. */
export const reportLocales = ['en', 'zh-CN'] as const
export type ReportLocale = (typeof reportLocales)[number]

/** Everything that the page of a report says itself. */
interface ReportTexts {
  title(month: string): string
  made(at: string, timeZone: string): string
  kpis: Record<KpiId, { name: string; of(n: string): string }>
  target(value: string): string
  state: { met: string; missed: string; none: string }
  unsettled(count: string): string
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
    'title' | 'note' | 'what' | 'model' | 'firmware' | 'faults' | 'confirmed' | 'unfounded' | 'rate',
    string
  >
  firstMonth: Record<
    'title' | 'note' | 'model' | 'firmware' | 'devices' | 'faults' | 'ratio' | 'isNew' | 'worse' | 'all',
    string
  >
  demand: Record<'title' | 'region' | 'part' | 'needed' | 'used' | 'waiting' | 'nowhere', string>
  technicians: Record<'title' | 'name' | 'visits' | 'resolved' | 'firstTimeFix' | 'onTime' | 'rating', string>
  rules: Record<'title' | 'note' | 'rule' | 'version' | 'judged' | 'precision' | 'flagged', string>
  more(count: string): string
}

const en: ReportTexts = {
  title: (month) => `Service in ${month}`,
  made: (at, timeZone) => `Made on ${at} (${timeZone}). Intervals are at 95 %.`,
  kpis: {
    respondedInTime: { name: 'Responded in time', of: (n) => `of ${n} tickets due` },
    onSiteInTime: { name: 'On site in time', of: (n) => `of ${n} tickets due` },
    firstTimeFix: { name: 'Fixed the first time', of: (n) => `of ${n} repairs` },
    satisfaction: { name: 'Satisfied owners', of: (n) => `of ${n} answers` },
    proactiveShare: { name: 'Met before the failure', of: (n) => `of ${n} worn parts` },
    noticesPerOwnerMonth: { name: 'Notices per owner and month', of: (n) => `over ${n} months of owners` },
  },
  target: (value) => `target ${value}`,
  state: { met: 'met', missed: 'missed', none: 'nothing counted' },
  unsettled: (count) => `${count} may still turn out otherwise`,
  between: (low, high) => `${low} to ${high}`,
  nothing: 'Nothing in this time.',
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
    title: 'What technicians found',
    worn: 'worn',
    not_worn: 'not worn',
    sensor_fault: 'a sensor’s fault',
    other: 'something else',
    none: 'not said',
  },
  faults: {
    title: 'Faults by model and firmware',
    note: 'Per hundred months of one device; the line is the interval.',
    what: 'fault',
    model: 'model',
    firmware: 'firmware',
    faults: 'faults',
    confirmed: 'worn',
    unfounded: 'unfounded',
    rate: 'per 100 device-months',
  },
  firstMonth: {
    title: 'Faults in the first 30 days of use',
    note: 'How many times as often as with other devices of the kind, over half a year. Right of the line in the middle is more often.',
    model: 'model',
    firmware: 'firmware',
    devices: 'new devices',
    faults: 'faults',
    ratio: 'times the others',
    isNew: 'new',
    worse: 'worse than the others',
    all: 'all',
  },
  demand: {
    title: 'Parts by region',
    region: 'region',
    part: 'part',
    needed: 'asked for',
    used: 'used',
    waiting: 'waiting at the end',
    nowhere: 'unknown',
  },
  technicians: {
    title: 'Technicians',
    name: 'name',
    visits: 'visits',
    resolved: 'resolved',
    firstTimeFix: 'fixed the first time',
    onTime: 'on time',
    rating: 'rating',
  },
  rules: {
    title: 'How often rules are right',
    note: 'By the last 50 verdicts on tickets of each version, as it stands when the report is made.',
    rule: 'rule',
    version: 'version',
    judged: 'judged',
    precision: 'right',
    flagged: 'to be looked at',
  },
  more: (count) => `… and ${count} more, in the CSV.`,
}

const zhCN: ReportTexts = {
  title: (month) => `${month}服务报告`,
  made: (at, timeZone) => `生成于 ${at}（${timeZone}）。区间均为 95% 置信区间。`,
  kpis: {
    respondedInTime: { name: '按时响应', of: (n) => `共 ${n} 张到期工单` },
    onSiteInTime: { name: '按时上门', of: (n) => `共 ${n} 张到期工单` },
    firstTimeFix: { name: '一次修复率', of: (n) => `共 ${n} 次维修` },
    satisfaction: { name: '用户满意度', of: (n) => `共 ${n} 份评价` },
    proactiveShare: { name: '故障前处理', of: (n) => `共 ${n} 个磨损部件` },
    noticesPerOwnerMonth: { name: '每户每月通知数', of: (n) => `共 ${n} 个用户月` },
  },
  target: (value) => `目标 ${value}`,
  state: { met: '达标', missed: '未达标', none: '无数据' },
  unsettled: (count) => `其中 ${count} 项尚未定论`,
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
    confirmed: '确认磨损',
    unfounded: '误报',
    rate: '每百台月',
  },
  firstMonth: {
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
    judged: '判定数',
    precision: '准确率',
    flagged: '待检查',
  },
  more: (count) => `……另有 ${count} 行，见 CSV。`,
}

const reportTexts: Record<ReportLocale, ReportTexts> = { en, 'zh-CN': zhCN }

/** How a report speaks in one language. */
export interface ReportFormatter {
  locale: ReportLocale
  texts: ReportTexts
  formatCount(value: number): string
  /** With one decimal. */
  formatNumber(value: number | null): string
  formatShare(value: number | null): string
  formatKpi(kpi: Pick<Kpi, 'id'>, value: number | null): string
  formatDay(iso: string): string
}

/** @param timeZone of the days that it speaks of */
export function createReportFormatter(locale: ReportLocale, timeZone: string): ReportFormatter {
  const one = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 })
  const date = new Intl.DateTimeFormat(locale, { timeZone, dateStyle: 'long' })
  const said = (format: Intl.NumberFormat) => (value: number | null) =>
    value === null ? '–' : format.format(value)
  const [number, share] = [said(one), said(percent)]
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
