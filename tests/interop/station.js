// A charging station made of the npm package ocpp-rpc, in its strict mode: it checks every message that it sends
// and every message that it gets against its own schemas, and dies of the first one that is wrong.
//
//   node station.js 1.6|2.0.1 ENDPOINT IDENTITY
//
// It boots, reports its connectors, charges one car from plug-in to departure, then waits for commands. Each step
// is one JSON line on stdout. It ends when stdin does.
'use strict';

const { RPCClient } = require('ocpp-rpc');

const [version, endpoint, identity] = process.argv.slice(2);
const TOKEN = '04AABBCC11229F';
let station = null;
let register = 1200000;
let running = null;

function tell(step, more) {
    process.stdout.write(JSON.stringify({ step, ...more }) + '\n');
}

function die(error) {
    tell('failed', { error: String(error && error.stack || error) });
    process.exit(3);
}

function now() {
    return new Date().toISOString();
}

function soon(work) {
    setTimeout(() => Promise.resolve().then(work).catch(die), 50);
}

async function call(action, payload) {
    const answer = await station.call(action, payload);
    tell('sent', { action, answer });
    return answer;
}

// -- what both versions do ------------------------------------------------------------------------------------------

async function connect(reason) {
    station = new RPCClient({
        endpoint, identity, protocols: ['ocpp' + version], strictMode: true, reconnect: false, callTimeoutMs: 10000,
    });
    station.on('strictValidationFailure', ({ error }) => die(error));
    station.handle(({ method }) => die('asked for ' + method));
    for (const [action, answer] of Object.entries(dialect.handlers)) {
        station.handle(action, ({ params }) => {
            tell('asked', { action, params });
            return answer(params);
        });
    }
    await station.connect();
    tell('connected', { protocol: station.protocol });
    const boot = await call('BootNotification', dialect.boot(reason));
    if (boot.status !== 'Accepted') {
        die('boot ' + boot.status);
    }
    for (const [evse, status] of [[0, 'Available'], [1, 'Available'], [2, 'Available']]) {
        if (evse || version === '1.6') {
            await dialect.status(evse, status);
        }
    }
}

async function restart() {
    await station.close({ code: 1000, reason: 'reset', awaitPending: true });
    await connect('RemoteReset');
    tell('restarted');
}

// -- 1.6 --------------------------------------------------------------------------------------------------------------

const old = {
    boot: () => ({
        chargePointVendor: 'Interop', chargePointModel: 'Strict 16', chargePointSerialNumber: identity,
        firmwareVersion: '1.0',
    }),
    status: (evse, status) => call('StatusNotification', {
        connectorId: evse, errorCode: 'NoError', status, timestamp: now(),
    }),
    meter: (context) => ({
        timestamp: now(),
        sampledValue: [
            { value: String(register), context, measurand: 'Energy.Active.Import.Register', unit: 'Wh' },
            { value: '7360.0', context, measurand: 'Power.Active.Import', unit: 'W' },
        ],
    }),
    async begin(evse, token) {
        const answer = await call('StartTransaction', {
            connectorId: evse, idTag: token, meterStart: register, timestamp: now(),
        });
        if (answer.idTagInfo.status !== 'Accepted') {
            die('start ' + answer.idTagInfo.status);
        }
        running = { evse, token, id: answer.transactionId };
        await old.status(evse, 'Charging');
        register += 150;
        await call('MeterValues', {
            connectorId: evse, transactionId: running.id, meterValue: [old.meter('Sample.Periodic')],
        });
        tell('charging', { evse, transaction: String(running.id) });
    },
    async end(reason) {
        const { evse, token, id } = running;
        running = null;
        register += 50;
        await call('StopTransaction', {
            transactionId: id, idTag: token, meterStop: register, timestamp: now(), reason,
            transactionData: [old.meter('Transaction.End')],
        });
        await old.status(evse, 'Finishing');
        await old.status(evse, 'Available');
        tell('ended', { evse });
    },
    async session() {
        await old.status(1, 'Preparing');
        const answer = await call('Authorize', { idTag: TOKEN });
        if (answer.idTagInfo.status !== 'Accepted') {
            die('authorize ' + answer.idTagInfo.status);
        }
        await old.begin(1, TOKEN);
        await old.end('Local');
        await call('DataTransfer', { vendorId: 'interop', messageId: 'hello', data: 'x' });
        await call('FirmwareStatusNotification', { status: 'Idle' });
        await call('Heartbeat', {});
    },
    handlers: {
        Reset() {
            soon(restart);
            return { status: 'Accepted' };
        },
        UnlockConnector: () => ({ status: 'Unlocked' }),
        RemoteStartTransaction({ connectorId, idTag }) {
            soon(async () => {
                await old.status(connectorId, 'Preparing');
                await old.begin(connectorId, idTag);
            });
            return { status: 'Accepted' };
        },
        RemoteStopTransaction({ transactionId }) {
            if (!running || running.id !== transactionId) {
                return { status: 'Rejected' };
            }
            soon(() => old.end('Remote'));
            return { status: 'Accepted' };
        },
        TriggerMessage({ requestedMessage, connectorId }) {
            soon(() => requestedMessage === 'StatusNotification'
                ? old.status(connectorId || 0, 'Available') : call('Heartbeat', {}));
            return { status: 'Accepted' };
        },
        GetConfiguration: () => ({ configurationKey: [{ key: 'HeartbeatInterval', readonly: false, value: '300' }] }),
    },
};

// -- 2.0.1 ------------------------------------------------------------------------------------------------------------

function event(eventType, triggerReason, info, more) {
    running.seqNo += 1;
    return call('TransactionEvent', {
        eventType, timestamp: now(), triggerReason, seqNo: running.seqNo - 1,
        transactionInfo: { transactionId: running.id, ...info }, evse: { id: running.evse, connectorId: 1 }, ...more,
    });
}

const recent = {
    boot: (reason) => ({
        reason, chargingStation: { vendorName: 'Interop', model: 'Strict 201', serialNumber: identity },
    }),
    status: (evse, status) => call('StatusNotification', {
        timestamp: now(), connectorStatus: status, evseId: evse, connectorId: 1,
    }),
    meter: (context) => [{
        timestamp: now(),
        sampledValue: [
            { value: register, context, measurand: 'Energy.Active.Import.Register', unitOfMeasure: { unit: 'Wh' } },
            { value: 7.36, context, measurand: 'Power.Active.Import', unitOfMeasure: { unit: 'kW' } },
        ],
    }],
    async begin(evse, idToken, triggerReason, remoteStartId) {
        running = { evse, id: 'tx-' + register, seqNo: 0 };
        await recent.status(evse, 'Occupied');
        const answer = await event('Started', triggerReason,
            { chargingState: 'EVConnected', ...(remoteStartId === undefined ? {} : { remoteStartId }) },
            { idToken, meterValue: recent.meter('Transaction.Begin') });
        if (answer.idTokenInfo && answer.idTokenInfo.status !== 'Accepted') {
            die('start ' + answer.idTokenInfo.status);
        }
        register += 150;
        await event('Updated', 'ChargingStateChanged', { chargingState: 'Charging' },
            { meterValue: recent.meter('Sample.Periodic') });
        tell('charging', { evse, transaction: running.id });
    },
    async end(triggerReason, stoppedReason) {
        const { evse } = running;
        register += 50;
        await event('Ended', triggerReason, { chargingState: 'EVConnected', stoppedReason },
            { meterValue: recent.meter('Transaction.End') });
        running = null;
        await recent.status(evse, 'Available');
        tell('ended', { evse });
    },
    async session() {
        const idToken = { idToken: TOKEN, type: 'ISO14443' };
        const answer = await call('Authorize', { idToken });
        if (answer.idTokenInfo.status !== 'Accepted') {
            die('authorize ' + answer.idTokenInfo.status);
        }
        await recent.begin(1, idToken, 'CablePluggedIn');
        await recent.end('StopAuthorized', 'Local');
        await call('NotifyEvent', {
            generatedAt: now(), seqNo: 0, eventData: [{
                eventId: 1, timestamp: now(), trigger: 'Delta', actualValue: 'Available',
                eventNotificationType: 'HardWiredNotification', variable: { name: 'AvailabilityState' },
                component: { name: 'Connector', evse: { id: 1, connectorId: 1 } },
            }],
        });
        await call('SecurityEventNotification', { type: 'StartupOfTheDevice', timestamp: now() });
        await call('Heartbeat', {});
    },
    handlers: {
        Reset() {
            soon(restart);
            return { status: 'Accepted' };
        },
        UnlockConnector: () => ({ status: 'Unlocked' }),
        RequestStartTransaction({ evseId, idToken, remoteStartId }) {
            soon(() => recent.begin(evseId, idToken, 'RemoteStart', remoteStartId));
            return { status: 'Accepted' };
        },
        RequestStopTransaction({ transactionId }) {
            if (!running || running.id !== transactionId) {
                return { status: 'Rejected' };
            }
            soon(() => recent.end('RemoteStop', 'Remote'));
            return { status: 'Accepted' };
        },
        TriggerMessage({ requestedMessage, evse }) {
            soon(() => requestedMessage === 'StatusNotification'
                ? recent.status(evse ? evse.id : 1, 'Available') : call('Heartbeat', {}));
            return { status: 'Accepted' };
        },
        GetBaseReport: () => ({ status: 'NotSupported' }),
        GetVariables: ({ getVariableData }) => ({
            getVariableResult: getVariableData.map(({ component, variable }) => ({
                attributeStatus: 'UnknownVariable', component, variable,
            })),
        }),
    },
};

const dialect = version === '1.6' ? old : recent;

process.on('unhandledRejection', die);
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();

connect('PowerUp')
    .then(() => dialect.session())
    .then(() => tell('ready'))
    .catch(die);
