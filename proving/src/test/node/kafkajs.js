// What the tests do with KafkaJS: one command per run, results as tab-separated lines on standard output.
'use strict'

const fs = require('fs')
const { Kafka, CompressionTypes, CompressionCodecs, ConfigResourceTypes, logLevel } = require('kafkajs')

CompressionCodecs[CompressionTypes.Snappy] = require('kafkajs-snappy')

const NULL = 'NULL'
const DEADLINE_MS = 30000
const CODECS = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP, snappy: CompressionTypes.Snappy }

const emit = (...fields) => fs.writeSync(1, fields.join('\t') + '\n')
const text = data => (data === null || data === undefined ? NULL : data.toString())
const data = field => (field === NULL ? null : field)

let kafka

async function waitFor(what, condition) {
  const deadline = Date.now() + DEADLINE_MS
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('not in time: ' + what)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

async function connected(client, use) {
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.disconnect()
  }
}

const consumer = (groupId, more) =>
  kafka.consumer({ groupId, heartbeatInterval: 200, sessionTimeout: 45000, rebalanceTimeout: 45000, maxWaitTimeInMs: 200, ...more })

// ---- The exchange with other libraries ------------------------------------------------------------------------------
function message(line) {
  const [, , partition, timestamp, key, value, headers] = line.split('\t')
  const pairs = headers === '' ? [] : headers.split(',').map(h => [h.slice(0, h.indexOf('=')), h.slice(h.indexOf('=') + 1)])
  return { partition: Number(partition), timestamp, key: data(key), value: data(value), headers: Object.fromEntries(pairs) }
}

/** Lines in: codec, topic, partition, timestamp, key, value, headers. Out: the base offset of each partition. */
async function write() {
  const batches = new Map()
  for (const line of fs.readFileSync(0, 'utf8').split('\n').filter(l => l !== '')) {
    const [codec, topic] = line.split('\t')
    const name = codec + '\t' + topic
    if (!batches.has(name)) batches.set(name, [])
    batches.get(name).push(message(line))
  }
  await connected(kafka.producer(), async producer => {
    for (const [name, messages] of batches) {
      const [codec, topic] = name.split('\t')
      const sent = await producer.send({ topic, messages, compression: CODECS[codec], acks: -1 })
      sent.forEach(s => emit(topic, s.partition, s.baseOffset))
    }
  })
}

async function read(...topics) {
  const ends = new Map()
  await connected(kafka.admin(), async admin => {
    for (const topic of topics) {
      for (const p of await admin.fetchTopicOffsets(topic)) if (Number(p.high) > 0) ends.set(topic + '\t' + p.partition, Number(p.high))
    }
  })
  await connected(consumer('exchange-kafkajs-' + process.pid), async client => {
    await client.subscribe({ topics, fromBeginning: true })
    await client.run({
      eachBatch: async ({ batch }) => {
        for (const m of batch.messages) {
          const headers = Object.entries(m.headers).map(([name, value]) => name + '=' + text(value))
          emit(batch.topic, batch.partition, m.timestamp, text(m.key), text(m.value), headers.join(','))
        }
        const name = batch.topic + '\t' + batch.partition
        if (Number(batch.lastOffset()) + 1 >= ends.get(name)) ends.delete(name)
      }
    })
    await waitFor('the ends', () => ends.size === 0)
  })
}

// ---- Groups ---------------------------------------------------------------------------------------------------------
/** One member after the other; each reads so many, commits them and leaves. */
async function resume(topic, groupId, first, total) {
  for (const [name, count] of [['first', Number(first)], ['second', Number(total) - Number(first)]]) {
    let seen = 0
    await connected(consumer(groupId), async client => {
      await client.subscribe({ topics: [topic], fromBeginning: true })
      await client.run({
        autoCommit: false,
        eachMessage: async ({ partition, message }) => {
          if (seen >= count) return
          seen++
          emit(name, partition, message.offset, text(message.value))
          const offset = String(Number(message.offset) + 1)
          await client.commitOffsets([{ topic, partition, offset, metadata: 'by ' + name }])
        }
      })
      await waitFor('the records of the ' + name, () => seen >= count)
    })
  }
}

/** Two members share four partitions while records come in; the second one leaves, and the first one has all again. */
async function rebalance(topic, groupId, total) {
  total = Number(total)
  const seen = []
  const shares = {}
  const join = async name => {
    const client = consumer(groupId)
    client.on(client.events.GROUP_JOIN, e => { shares[name] = e.payload.memberAssignment[topic] || [] })
    await client.connect()
    await client.subscribe({ topics: [topic], fromBeginning: true })
    await client.run({
      autoCommitThreshold: 1,
      eachMessage: async ({ partition, message }) => { seen.push([name, partition, message.offset, text(message.value)]) }
    })
    return client
  }
  const producer = kafka.producer()
  await producer.connect()
  let sent = 0
  const send = async upto => {
    const messages = []
    for (; sent < upto; sent++) messages.push({ partition: sent % 4, value: 'v' + sent })
    await producer.send({ topic, messages })
  }
  const first = await join('first')
  await waitFor('all partitions at the first', () => shares.first && shares.first.length === 4)
  await send(Math.floor(total / 3))
  await waitFor('the first third', () => seen.length >= Math.floor(total / 3))
  const second = await join('second')
  await waitFor('two partitions each', () => shares.first.length === 2 && shares.second && shares.second.length === 2)
  await send(Math.floor((2 * total) / 3))
  await waitFor('the second third', () => seen.length >= Math.floor((2 * total) / 3))
  await second.disconnect()
  await waitFor('all partitions back at the first', () => shares.first.length === 4)
  await send(total)
  await waitFor('every record', () => seen.length >= total)
  await first.disconnect()
  await producer.disconnect()
  seen.forEach(line => emit(...line))
}

// ---- Producers ------------------------------------------------------------------------------------------------------
async function idempotent(topic, batches) {
  await connected(kafka.producer({ idempotent: true, maxInFlightRequests: 1 }), async producer => {
    for (let b = 0; b < Number(batches); b++) {
      const messages = Array.from({ length: 10 }, (_, i) => ({ partition: 0, value: 'v' + (10 * b + i) }))
      const sent = await producer.send({ topic, messages, acks: -1 })
      emit(sent[0].partition, sent[0].baseOffset)
    }
  })
}

/** Commits every second transaction, with an offset of the group; aborts the others. */
async function transactions(topic, source, groupId, transactionalId) {
  const producer = kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 })
  await connected(producer, async () => {
    for (let t = 0; t < 6; t++) {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: [0, 1].map(partition => ({ partition, value: 't' + t })) })
      await transaction.sendOffsets({ consumerGroupId: groupId, topics: [{ topic: source, partitions: [{ partition: 0, offset: String(10 + t) }] }] })
      await (t % 2 === 0 ? transaction.abort() : transaction.commit())
    }
  })
  await connected(kafka.admin(), async admin => {
    await waitFor('the offset of the last transaction', async () => {
      const [{ partitions }] = await admin.fetchOffsets({ groupId, topics: [source] })
      return partitions[0].offset === '15'
    })
  })
}

// ---- Admin ----------------------------------------------------------------------------------------------------------
async function outcome(promise) {
  try {
    return await promise
  } catch (e) {
    return (e.errors ? e.errors[0] : e.cause || e).type
  }
}

/** The group is there and has committed offset 7 of the other topic's partition 0. */
async function admin(topic, groupId, committedTopic) {
  await connected(kafka.admin(), async client => {
    const topics = [{ topic, numPartitions: 2, replicationFactor: 1, configEntries: [{ name: 'retention.ms', value: '7200000' }] }]
    emit('create', await client.createTopics({ topics, waitForLeaders: true }))
    emit('create', await client.createTopics({ topics }))
    await client.createPartitions({ topicPartitions: [{ topic, count: 3 }] })
    const metadata = await client.fetchTopicMetadata({ topics: [topic] })
    emit('partitions', metadata.topics[0].partitions.map(p => p.partitionId).sort())
    const cluster = await client.describeCluster()
    emit('cluster', cluster.brokers.length, cluster.brokers.some(b => b.nodeId === cluster.controller), cluster.clusterId.length)
    const resource = { type: ConfigResourceTypes.TOPIC, name: topic }
    await client.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries: [{ name: 'max.message.bytes', value: '54321' }] }] })
    const configs = await client.describeConfigs({ includeSynonyms: false, resources: [{ ...resource, configNames: ['max.message.bytes', 'retention.ms'] }] })
    configs.resources[0].configEntries
      .sort((a, b) => (a.configName < b.configName ? -1 : 1))
      .forEach(e => emit('config', e.configName, e.configValue, e.isDefault))
    await connected(kafka.producer(), async producer => {
      await producer.send({ topic, messages: Array.from({ length: 10 }, (_, i) => ({ partition: 0, value: 'v' + i, timestamp: String(1000 * i + Date.now()) })) })
    })
    await client.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '4' }] })
    const [offsets] = (await client.fetchTopicOffsets(topic)).filter(p => p.partition === 0)
    emit('offsets', offsets.low, offsets.high)
    const [{ partitions }] = await client.fetchOffsets({ groupId, topics: [committedTopic] })
    emit('committed', partitions.map(p => p.offset))
    emit('groups', (await client.listGroups()).groups.some(g => g.groupId === groupId))
    emit('group', (await client.describeGroups([groupId])).groups[0].state)
    emit('deleted group', (await client.deleteGroups([groupId]))[0].errorCode)
    await client.deleteTopics({ topics: [topic] })
    emit('delete', await outcome(client.deleteTopics({ topics: [topic], timeout: 1000 })))
    emit('listed', (await client.listTopics()).includes(topic))
  })
}

const COMMANDS = { write, read, resume, rebalance, idempotent, transactions, admin }
const [command, bootstrap, ...rest] = process.argv.slice(2)
kafka = new Kafka({ clientId: 'kafkajs', brokers: [bootstrap], logLevel: logLevel.ERROR, retry: { retries: 3 } })
COMMANDS[command](...rest).then(
  () => process.exit(0),
  e => {
    console.error(e)
    process.exit(1)
  }
)
