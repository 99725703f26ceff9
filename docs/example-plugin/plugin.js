// @ts-check
import { definePlugin } from 'forewarn/plugin'
import { logfile } from './logfile.js'
import { range } from './range.js'

export default definePlugin({ detectors: [range], channels: [logfile] })
