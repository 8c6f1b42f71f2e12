package dev.offpeak.simulator.control;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// The simulator's own interface.
@Configuration(proxyBeanMethods = false)
@Import(ControlController.class)
public class ControlConfiguration {}
