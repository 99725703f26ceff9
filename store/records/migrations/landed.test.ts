import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

/** SHA-256 of each migration as it landed. Databases have run them: a change is a further migration. */
const landed: Record<string, string> = {
  '0001-records.ts': 'abd4ea5f34946728341a4902980f31314d7df70b0e64b73b58276e123d05370b',
  '0002-epochs.ts': '03b221b2aa5859535e05701e88af5ca56258699c64f31e83d20d1201a3d9965c',
  '0003-incidents.ts': 'd015165f2804c6f9443c3b4dbee1fd8c056b5eaeb8fc7a18d701147f7ac8a564',
  '0004-rule-versions.ts': '40a20c3f970d9b26c5ac2c1ee3ed3a20b30c53f377b00001574f4ccf0af5737f',
  '0005-service-desk.ts': '2aaa2c28e8a8332cc7c929888bfc6039fb5742df3e7f2fcb9c46ab97baa5749d',
  '0006-rule-flag-verdicts.ts': '20e178c08175c071dc161efdcc4acd15263376795c0192846f4572bb83b745bd',
  '0007-journal-positions.ts': 'f8df34649de2f151ae50f7e44cb2a7907b2bd0de3c71273da43a2d68ee12dea9',
  '0008-device-lifecycle.ts': '7455c04b21d4dede4cbfae0f444a617920a803f8c0f9bb36e1a6192fe795415b',
  '0009-quarantine-in-full.ts': '40da9536086e9859a0c41cd8d59f74daa58dcdcad32ea34e383c100748f14eda',
  '0010-sweeps.ts': '2f16de329478cfa738eacf6288834395fc1ee47e828d190df261599717bdc09e',
  '0011-withdrawn-notices.ts': '059a8231dd255464db1557e2fd736f1b9a84b8e23b48d745d9bf8962c2c78d2c',
  '0012-deadlines.ts': 'efef80e74a6bc19a76ea35941b4fd29170442f8bc803a35455585328e1628ad4',
  '0013-list-indexes.ts': '41e23a14b8f123875730bc69b4874458aa0520acf109a9850cb7e8d350db7609',
  '0014-finding-episodes.ts': '27a3ac135ccd5dfebfc5cf078cfdbfe43fd2771428dbda1179adad166b8d6267',
}

const found = Object.fromEntries(
  readdirSync(import.meta.dirname)
    .filter((file) => /^\d{4}-.*\.ts$/.test(file))
    .map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(join(import.meta.dirname, file)))
        .digest('hex'),
    ]),
)

it('no migration that has landed was changed or removed', () => {
  expect(found).toMatchObject(landed)
})

it('every migration is protected: add the hash of a new one to the table above', () => {
  expect(Object.keys(found).filter((file) => !(file in landed))).toEqual([])
})
