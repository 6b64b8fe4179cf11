internal import Linux
package import TwostepCore

extension EventLine {
    /// Writes the line to the system's log, and hands it on as an event.
    ///
    /// - Parameters:
    ///   - service: the PAM service, of `twostepd` where it writes a line as the module would.
    ///   - address: who is to hear of it beside those whom the configuration names: an owner whose address is forgotten.
    ///   - milliseconds: how long it is waited for room where those who deliver take it; without it, the log alone has it.
    package func log(asModuleOf service: [UInt8] = [], alsoTo address: [UInt8] = [], within milliseconds: Int64 = 0) {
        let prefix =
            service.isEmpty
            ? [] : [UInt8](text: "pam_twostep(") + EventLine.escaped(service) + [UInt8](text: ":auth): ")
        let priority: LogPriority =
            switch severity {
            case .info: .info
            case .notice: .notice
            case .error: .error
            }
        systemLog(prefix + text, priority)
        var event = self
        event.add("service", service)
        let datagram = event.text + (address.isEmpty ? [] : [UInt8](text: "\nto=") + address)
        _ = sendRequest(datagram.span, within: milliseconds)
    }
}
