/** Where a ledger may lie: on a disk of this machine. Over a network the locks that keep writers apart cannot be relied on. */

import { existsSync, statfsSync } from 'node:fs'
import { platform } from 'node:os'
import { dirname } from 'node:path'
import { LicError } from '../core/errors.ts'

/**
 * File systems that a ledger should not lie on, by the magic number that statfs(2) gives on Linux
 * (include/uapi/linux/magic.h; CIFS, SMB2: fs/smb/client; GFS2, Lustre, VirtualBox: their own headers).
 */
const NETWORK = { status: 'fail', why: 'a network file system: locks of several machines damage the ledger' } as const
const SHARE = { status: 'warn', why: 'it may be shared with other systems, whose locks SQLite cannot rely on' } as const
const MEMORY = { status: 'warn', why: 'it is memory: all is gone when the machine restarts' } as const

export const FILE_SYSTEMS: Readonly<
  Record<number, { name: string } & (typeof NETWORK | typeof SHARE | typeof MEMORY)>
> = {
  26985: { name: 'NFS', ...NETWORK },
  20859: { name: 'SMB', ...NETWORK },
  4283649346: { name: 'CIFS', ...NETWORK },
  4266872130: { name: 'SMB2', ...NETWORK },
  1397113167: { name: 'AFS', ...NETWORK },
  1799439955: { name: 'AFS', ...NETWORK },
  1937076805: { name: 'Coda', ...NETWORK },
  22092: { name: 'NCP', ...NETWORK },
  12805120: { name: 'Ceph', ...NETWORK },
  198183888: { name: 'Lustre', ...NETWORK },
  18225520: { name: 'GFS2', ...NETWORK },
  1952539503: { name: 'OCFS2', ...NETWORK },
  1702057286: { name: 'FUSE', ...SHARE },
  16914839: { name: '9P', ...SHARE },
  2020557398: { name: 'a VirtualBox share', ...SHARE },
  16914836: { name: 'tmpfs', ...MEMORY },
  2240043254: { name: 'ramfs', ...MEMORY },
}

/** The nearest directory that is there: a home that does not exist yet has a file system too. */
export const existing = (path: string): string =>
  existsSync(path) || dirname(path) === path ? path : existing(dirname(path))

/** The name of a network file system, by the number that statfs(2) gives; undefined for one that a ledger may lie on. */
export const networkName = (type: number): string | undefined => {
  const known = FILE_SYSTEMS[type >>> 0]
  return known?.status === 'fail' ? known.name : undefined
}

/** @throws LicError UNHEALTHY where the home lies on a network file system; kinds are told apart on Linux only */
export const refuseNetwork = (
  home: string,
  typeOf: (path: string) => number = (path) => statfsSync(path).type,
): void => {
  if (platform() !== 'linux') return
  const name = networkName(typeOf(existing(home)))
  if (name === undefined) return
  throw new LicError('UNHEALTHY', `${home} lies on ${name}: the locks of a ledger do not hold over a network`, {
    hint: 'put it on a disk of this machine: --home DIR or LIC_HOME',
    data: { home, fileSystem: name },
  })
}
