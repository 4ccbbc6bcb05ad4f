// The baseline of target 7: a central system made of the npm package ocpp-rpc in its strict mode, which checks every
// message against its own schemas, without a store. Prints its port.
//
//   NODE_PATH=FOLDER/node_modules node bench/peer.js
'use strict';

const { RPCServer } = require('ocpp-rpc');

const server = new RPCServer({ protocols: ['ocpp1.6'], strictMode: true });

server.auth((accept) => accept());
server.on('client', (station) => {
    station.handle('BootNotification', () => (
        { status: 'Accepted', interval: 300, currentTime: new Date().toISOString() }
    ));
    station.handle('Heartbeat', () => ({ currentTime: new Date().toISOString() }));
    station.handle('StatusNotification', () => ({}));
});
server.listen(0, '127.0.0.1').then((http) => console.log(`ready ${http.address().port}`));
